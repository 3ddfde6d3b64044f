// SPDX-License-Identifier: Apache-2.0
// Where the value of a setting comes from: a flag wins over its variable, a variable over the default, an
// empty variable counts as unset (SURFACE 3). Says a fault by the name of what was really set, and notes each
// origin for -v. Reads the environment and small files. Owned by the main thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/settings.hpp"

namespace prewarm::cli {

/// What was said, and by what: "--drain", "PREWARM_DRAIN", "PREWARM_STORE_FILE"; empty when by nothing.
struct Said {
  Text text;
  std::string name;
};

/// A secret's file, one final newline dropped. Errors: those of read_small_file.
Result<Secret> read_secret_file(const std::string& path);

class Sources {
 public:
  Sources(const Options& options, const Variables& variables, Settings& settings)
      : options_(options), variables_(variables), settings_(settings) {}

  const Options& options() const noexcept { return options_; }
  Settings& settings() const noexcept { return settings_; }
  void fault(int code, std::string message, std::string remedy);
  std::optional<std::string> variable(std::string_view name) const { return variables_(name); }

  /// `flag` may be empty: a setting without one.
  Said plain(const char* flag, const Text& value, const char* variable) const;
  struct SaidSecret {
    std::optional<Secret> secret;
    std::string name;
    std::string file{};  // where it was read; empty when not from a file
  };
  /// A secret's variable, or the file that its _FILE twin names; one final newline dropped. Adds PW303,
  /// PW307.
  SaidSecret secret(const std::string& variable);

  /// With -v, if the command has `flag`: "setting drain: 25s (default)". `value` holds no secret.
  void origin(const char* flag, std::string_view setting, std::string_view value, const std::string& name);

 private:
  const Options& options_;
  const Variables& variables_;
  Settings& settings_;
};

}  // namespace prewarm::cli

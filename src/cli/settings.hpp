// SPDX-License-Identifier: Apache-2.0
// Flags, then variables, then defaults (SURFACE 3): everything that is not in a schedule file. Secrets have a
// _FILE twin and are never printed; a password typed as a flag is refused. Reads the environment and small
// files, nothing else. Owned by the main thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/options.hpp"
#include "prewarm/base/log.hpp"
#include "prewarm/base/secret.hpp"
#include "prewarm/http/fetcher.hpp"
#include "prewarm/schedule/finding.hpp"
#include "prewarm/store/store.hpp"

namespace prewarm::cli {

enum class WarmOnStart : std::uint8_t { none, stale, all };

struct Settings {
  std::string env;
  std::string schedules_dir;
  Secret store_url;
  store::StoreSettings store;
  http::FetcherSettings net;
  LogSettings log;
  bool json_asked = false;  // a JSON log was asked for, not only chosen because nobody watches
  WarmOnStart warm_on_start = WarmOnStart::stale;
  Millis drain{25000};
  std::string store_from;                 // "--store", "PREWARM_STORE", …; empty: the default
  std::vector<schedule::Finding> faults;  // PW303, PW307, PW310–316; any: nothing may start
  std::vector<std::string> notes;         // for stderr: TZ is ignored, with -v the origins, …
  struct Origin {
    std::string setting, value, from;  // "drain", "25s", "variable PREWARM_DRAIN"; never a secret
  };
  std::vector<Origin> origins;  // with -v, of the command's own settings
};

/// The process's variables; nothing when unset.
using Variables = std::function<std::optional<std::string>(std::string_view)>;
std::optional<std::string> process_variable(std::string_view name);
/// Why nothing may be read there: "is a folder", or what the system says. A pipe could hold us for ever.
std::optional<std::string> no_file(const std::string& path);
/// The folder of schedule files, before the settings are read.
std::string schedules_dir(const Options& options);
/// A small file, whole; a regular one, or a link to one. Errors: invalid, with the reason.
Result<std::string> read_small_file(const std::string& path);
/// A file of ids whole; refuses above schedule::kMaxIdFileBytes. Errors: invalid, with the reason.
Result<std::string> read_id_file(const std::string& path);

/// `example_key` shows a key of this folder in PW310's text, e.g. "recent-listens:ENV:v3"; may be empty.
Settings resolve_settings(const Options& options, const Variables& variables, const std::string& example_key);

/// A setting's fault, ready for Output::finding.
schedule::Finding setting_fault(int code, std::string message, std::string remedy);
/// PW312 for what make_store refused, by the name of the flag or variable that said it.
schedule::Finding store_fault(const Settings& settings, const Error& error);
/// A duration; `name` is the flag or variable that said it. Adds a PW314 fault when it does not parse.
std::optional<Millis> duration_flag(const std::string& name, const Text& text,
                                    std::vector<schedule::Finding>& faults);

}  // namespace prewarm::cli

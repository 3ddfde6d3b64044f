// SPDX-License-Identifier: Apache-2.0
// Where a command's words go: data to stdout, everything else to stderr. Notices a stdout that cannot be
// written, and with --json ends with exactly one `exit` line. Owned by the main thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/options.hpp"
#include "prewarm/base/clock.hpp"
#include "prewarm/base/log.hpp"
#include "prewarm/schedule/finding.hpp"

namespace prewarm::cli {

/// With spaces behind it up to `width` bytes: a cell of a table.
inline std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

class Output {
 public:
  explicit Output(const Options& options) : json_(options.json), quiet_(options.quiet) {}

  bool json() const noexcept { return json_; }
  bool quiet() const noexcept { return quiet_; }
  /// Data: one line, or bytes as they are.
  void line(std::string_view text);
  void bytes(std::string_view text);
  /// To stderr unless --quiet.
  void note(std::string_view said) const;
  /// To stderr always, and kept for the `exit` line.
  void error(std::string_view said, std::string_view cure = {});
  void finding(const schedule::Finding& told);
  /// The same as data of the command, to stdout (`check`).
  void finding_data(const schedule::Finding& told);
  /// From now on what is not data goes to a log as these settings say: a container's stderr stays JSON.
  void use_log(const LogSettings& settings) {
    log_ = make_stderr_log(settings);
    clock_ = make_system_clock();
  }
  /// With a log: what a monitor looks for when a worker does not start.
  void refused(std::int64_t errors, const schedule::Finding& told) const;
  /// A member of the `exit` line besides its code: "failed", 1.
  void exit_member(std::string name, std::int64_t value) { exit_.emplace_back(std::move(name), value); }

  /// The first thing that went wrong, without its code; empty: nothing yet.
  std::string_view first_error() const noexcept;
  /// Flushes and ends: `code`, or 1 when stdout could not be written.
  int finish(int code);

 private:
  const bool json_, quiet_;
  void keep(std::string_view message, std::string_view remedy);
  void keep(const schedule::Finding& finding);
  void log_finding(const schedule::Finding& finding) const;

  std::unique_ptr<Log> log_;
  std::unique_ptr<Clock> clock_;
  bool broken_ = false;
  std::string message_, remedy_;
  std::vector<std::pair<std::string, std::int64_t>> exit_;
};

std::string finding_json(const schedule::Finding& finding);

}  // namespace prewarm::cli

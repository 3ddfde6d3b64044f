// SPDX-License-Identifier: Apache-2.0
// Why a run ended as it did, in the words of SURFACE 6 and 7: reason, code, message, what became of the old
// value, and the cure. One table of default cures, one of words; log line, run record, line of `once` and
// ping say the same because all ask here. Names only commands that exist. Pure.
#pragma once

#include <string>

#include "prewarm/run/report.hpp"

namespace prewarm::report {

/// "http_5xx", "none", "down".
std::string reason_text(const run::RunReport& report);
/// 530; 0 for a run that did well.
int report_code(const run::RunReport& report);
/// "503 on 3 attempts"; empty for a run that did well.
std::string message_text(const run::RunReport& report);
/// The error's own remedy, else the default of its kind; empty for a run that did well.
std::string remedy_text(const run::RunReport& report);
/// The cure for this kind of error; may be empty where the message says all. It never names the command that
/// was just run: after a dry run no dry run.
enum class Tried : std::uint8_t { run, dry_run };
std::string default_remedy(ErrorKind kind, const schedule::Schedule& schedule, Tried tried = Tried::run);

/// "old value kept", "readers find nothing since 06:24:00Z", "nothing is stored", "nothing was written"; with
/// `Detail::ages` also ", 23m 37s old, cold in 1h 36m". Empty where the outcome says nothing of the old
/// value.
enum class Detail : std::uint8_t { none, ages };
std::string kept_text(const run::RunReport& report, Detail detail);
/// Message and what became of the old value: "503 on 3 attempts; old value kept".
std::string whole_message(const run::RunReport& report);
/// "upstream_failed http_5xx PW530: 503 on 3 attempts; old value kept" or "verified v3, 14 items, 1332 B".
std::string ping_text(const run::RunReport& report);

}  // namespace prewarm::report

// SPDX-License-Identifier: Apache-2.0
// RunReport -> what people and programs read: the run record's members, the one log line, the line of `once`,
// sighting lines. Texts are those of SURFACE 2, 7 and 8; no secret, query or payload is in a report to begin
// with. Pure.
#pragma once

#include <string>
#include <vector>

#include "prewarm/base/log.hpp"
#include "prewarm/run/report.hpp"

namespace prewarm::report {

/// Members of the run record in the order of SURFACE 8; those that do not apply are left out.
Fields record_fields(const run::RunReport& report);
/// {"type":"run",…} for --json.
std::string record_json(const run::RunReport& report);
/// The `run.ended` line; its level follows SURFACE 7 (F: warn while the value is younger than its limit, else
/// error).
LogLine ended_line(const run::RunReport& report);
/// One `value.sighted` line per sighting.
std::vector<LogLine> sighting_lines(const run::RunReport& report);
/// The human line of `once` without its newline; `name_width` aligns several.
std::string once_line(const run::RunReport& report, std::size_t name_width);
/// Reason word ("http_5xx", "none", "down"), code (0: none) and message of a report.
std::string reason_text(const run::RunReport& report);
/// "upstream_failed http_5xx PW530: 503 on 3 attempts; old value kept" or "verified v3, 14 items, 1332 B".
std::string ping_text(const run::RunReport& report);

}  // namespace prewarm::report

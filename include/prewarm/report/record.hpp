// SPDX-License-Identifier: Apache-2.0
// RunReport -> what people and programs read: the run record's members, the one log line, the line of `once`,
// sighting lines. Texts are those of SURFACE 2, 7 and 8; no secret, query or payload is in a report to begin
// with. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "prewarm/base/log.hpp"
#include "prewarm/report/reason.hpp"
#include "prewarm/run/report.hpp"

namespace prewarm::report {

/// Members of the run record in the order of SURFACE 8; those that do not apply are left out. A dry run that
/// ends well has no `outcome`, because nothing was verified; it has "dry_run":true.
Fields record_fields(const run::RunReport& report);
/// {"type":"run",…} for --json.
std::string record_json(const run::RunReport& report);
/// The `run.ended` line; its level follows SURFACE 7 (F: warn while the value is younger than its limit, else
/// error; no value is never younger).
LogLine ended_line(const run::RunReport& report);
/// One `value.sighted` line per sighting.
std::vector<LogLine> sighting_lines(const run::RunReport& report);
/// The `validators.distrusted` line, if values changed although the upstream calls their state the same.
std::optional<LogLine> distrusted_line(const run::RunReport& report);
/// The `value.lost` line, if a value was.
std::optional<LogLine> lost_line(const run::RunReport& report);

/// The human line of `once` without its newline; `name_width` aligns several.
std::string once_line(const run::RunReport& report, std::size_t name_width);
/// The same for a schedule that was not run: `why` is "3m 28s old, younger than 10m".
std::string skipped_line(const std::string& name, std::size_t name_width, const std::string& why);

}  // namespace prewarm::report

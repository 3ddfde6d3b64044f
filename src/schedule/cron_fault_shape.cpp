// SPDX-License-Identifier: Apache-2.0
// Says what is wrong with an expression as a whole: the number of fields, a zone in front, nicknames.
#include <algorithm>

#include "cron_fault_text.hpp"
#include "cron_grammar.hpp"
#include "prewarm/base/ascii.hpp"
#include "prewarm/base/units.hpp"

namespace prewarm::schedule {
namespace {

using Fields = std::span<const std::string_view>;

constexpr std::string_view kFiveFields = "five fields: minute hour day-of-month month day-of-week";
constexpr std::string_view kNicknameList =
    "\"@hourly\", \"@daily\", \"@midnight\", \"@weekly\", \"@monthly\", \"@yearly\", \"@annually\" or "
    "\"@every 90s\"";

std::string joined(Fields fields) {
  std::string text;
  for (const std::string_view field : fields) text += (text.empty() ? "" : " ") + std::string(field);
  return text;
}

bool is_expression(const std::string& text) { return std::holds_alternative<Cron>(Cron::parse(text)); }

CronFault fault(std::string_view item, std::string reason, std::string remedy) {
  return {"expression", shown(item), std::move(reason), std::move(remedy)};
}

bool is_year(std::string_view field) {
  return field.size() == 4 &&
         (field.substr(0, 2) == "19" || field.substr(0, 2) == "20" || field.substr(0, 2) == "21");
}

// Six fields have seconds in front or a year behind, seven have both.
CronFault too_many(std::string_view text, Fields fields) {
  const bool year = is_year(fields.back()) || fields.size() == 7;
  const std::string rest = joined(fields.subspan(year && fields.size() == 6 ? 0 : 1, 5));
  std::string reason = "has " + std::to_string(fields.size()) + " fields; " +
                       (fields.size() == 7 ? "there are none for seconds and years"
                        : year             ? "there is none for years"
                                           : "there is none for seconds");
  return fault(text, std::move(reason), is_expression(rest) ? in_quotes(rest) : std::string(kFiveFields));
}

CronFault too_few(std::string_view text, Fields fields) {
  std::string padded = joined(fields);
  for (std::size_t i = fields.size(); i < 5; ++i) padded += " *";
  std::string reason = "has " + std::to_string(fields.size()) + (fields.size() == 1 ? " field" : " fields");
  return fault(text, std::move(reason) + " instead of five",
               std::string(kFiveFields) + (is_expression(padded) ? ", as in " + in_quotes(padded) : ""));
}

CronFault zone_in_front(std::string_view text, Fields fields) {
  const std::string zone(fields[0].substr(fields[0].find('=') + 1));
  const std::string rest = joined(fields.subspan(1));
  std::string remedy = is_expression(rest) ? in_quotes(rest) + " with " : "";
  return fault(text, "has a zone in front", remedy + "\"timezone\": " + in_quotes(zone));
}

struct Spelling {
  std::string_view nickname;
  std::string_view fields;
};
// Nicknames of other programs.
constexpr auto kSpellings = std::to_array<Spelling>({{"@minutely", "* * * * *"},
                                                     {"@every_minute", "* * * * *"},
                                                     {"@secondly", "@every 1s"},
                                                     {"@every_second", "@every 1s"},
                                                     {"@weekdays", "0 0 * * MON-FRI"},
                                                     {"@weekends", "0 0 * * SAT,SUN"},
                                                     {"@quarterly", "0 0 1 1,4,7,10 *"},
                                                     {"@semiannually", "0 0 1 1,7 *"},
                                                     {"@noon", "0 12 * * *"}});

}  // namespace

CronFault shape_fault(std::string_view text, Fields fields) {
  if (fields.empty()) return fault(text, "is empty", "\"*/5 * * * *\" for every 5 minutes, or \"@hourly\"");
  if (fields[0].find('=') != std::string_view::npos) return zone_in_front(text, fields);
  if (fields.size() > 7) return fault(text, "has more than five fields", std::string(kFiveFields));
  return fields.size() > 5 ? too_many(text, fields) : too_few(text, fields);
}

CronFault nickname_fault(std::string_view text) {
  const std::string word = lower(text.substr(0, std::min<std::size_t>(text.size(), kItemLookedAt)));
  if (word == "@reboot")
    return fault(text, "is not a time; a worker warms what is missing or stale when it starts",
                 "\"@hourly\" or another time");
  for (const Spelling& other : kSpellings)
    if (other.nickname == word) return fault(text, "is unknown", in_quotes(other.fields));
  if (word != text && is_expression(word)) return fault(text, "is not in lower case", in_quotes(word));
  if (const auto blank = word.find_first_of(" \t"); blank != word.npos)
    if (const std::string first = word.substr(0, blank); first != "@every" && is_expression(first))
      return fault(text, "has something behind it; a nickname stands alone", in_quotes(first));
  if (word.substr(0, 6) == "@every") return every_fault(text, word.substr(6));
  return fault(text, "is unknown", std::string(kNicknameList));
}

CronFault every_fault(std::string_view text, std::string_view duration) {
  constexpr std::string_view kExamples = "\"@every 90s\", \"@every 5m\" or \"@every 1h30m\"";
  std::string plain;
  for (const char c : duration.substr(0, kItemLookedAt))
    if (c != ' ' && c != '\t' && c != '-' && c != '+') plain += c;
  const auto parsed = parse_duration(plain);
  if (!parsed) {
    const bool unit_missing = plain.find_first_not_of("0123456789") == plain.npos;
    const std::string seconds = "@every " + plain + "s";
    return fault(text, plain.empty() ? "has no duration" : "has no duration that can be read",
                 unit_missing && is_expression(seconds) ? in_quotes(seconds) : std::string(kExamples));
  }
  if (*parsed > std::chrono::days(7))
    return fault(text, "is longer than 7d", "\"@every 7d\" or a date, such as \"0 0 1,15 * *\"");
  if (*parsed < std::chrono::seconds(1)) return fault(text, "is shorter than 1s", "\"@every 1s\" or longer");
  const auto whole = std::chrono::floor<std::chrono::seconds>(*parsed);
  if (whole != *parsed)
    return fault(text, "is not in whole seconds", in_quotes("@every " + duration_literal(whole)));
  return fault(text, "is not a duration", in_quotes("@every " + plain));
}

}  // namespace prewarm::schedule

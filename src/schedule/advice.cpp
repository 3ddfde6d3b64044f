// SPDX-License-Identifier: Apache-2.0
#include "prewarm/schedule/advice.hpp"

#include <algorithm>

#include "advice_parts.hpp"
#include "clock_touch.hpp"
#include "cron_grammar.hpp"
#include "words_list.hpp"
#include "words_parts.hpp"

namespace prewarm::schedule {
namespace {

constexpr std::uint64_t kAllMinutes = (std::uint64_t{1} << 60) - 1;
constexpr std::uint32_t kAllHours = (std::uint32_t{1} << 24) - 1;
constexpr std::size_t kMostDates = 3;

void every_minute(const Cron& cron, const Zone& zone, std::vector<CronAdvice>& advice) {
  const CronFields& fields = cron.fields();
  if (fields.minutes != kAllMinutes || fields.hours == kAllHours) return;
  const auto hours = values_in(fields.hours).size();
  advice.push_back({212,
                    quoted_text(cron.text()) + " runs " + std::to_string(60 * hours) + " times a day, " +
                        time_words(fields) + " " + zone.name(),
                    quoted_text(with_field(cron, CronField::minute, "0")) +
                        (hours == 1 ? " for once a day" : " for once an hour") + or_allow(212)});
}

void either_day(const Cron& cron, std::vector<CronAdvice>& advice) {
  const CronFields& fields = cron.fields();
  if (!fields.day_restricted || !fields.weekday_restricted || fields.both_must_match) return;
  const std::string weekday = five_fields(cron)[static_cast<std::size_t>(CronField::weekday)];
  advice.push_back({213, quoted_text(cron.text()) + " runs " + day_words(fields),
                    quoted_text(with_field(cron, CronField::weekday, "+" + weekday)) + " if both must match" +
                        or_allow(213)});
}

// "comes twice on Sun 2027-10-31 (runs at the first)".
std::string touch_clause(const Touch& touch) {
  const bool one = touch.count == 1;
  const std::string on = " on " + date_text(touch.first);
  if (!touch.missing()) return (one ? "comes twice" : "come twice") + on + " (runs at the first)";
  const std::string verb = one ? "is missing" : "are missing";
  return verb + on +
         (touch.dropped() ? " (does not run)" : " (runs once, at " + clock_text(touch.change.to()) + ")");
}

std::vector<Touch> touches_in_year(const Cron& cron, const Zone& zone, Slot from) {
  std::vector<Touch> touches;
  if (cron.elapsed()) return touches;
  for (auto change = zone.next_change(from); change && change->at <= from + kYearAhead;
       change = zone.next_change(change->at))
    if (auto touch = touch_of(cron, *change)) touches.push_back(*touch);
  return touches;
}

// The next hour in which no change of the year touches the expression, if it has one hour.
std::string untouched_hour(const Cron& cron, const Zone& zone, Slot from) {
  const auto hours = values_in(cron.fields().hours);
  for (int later = 1; hours.size() == 1 && later < 24; ++later) {
    const std::string text = with_field(cron, CronField::hour, std::to_string((hours[0] + later) % 24));
    const auto parsed = Cron::parse(text);
    if (const auto* other = std::get_if<Cron>(&parsed); other && touches_in_year(*other, zone, from).empty())
      return quoted_text(text);
  }
  return "another time";
}

void clock_changes(const Cron& cron, const Zone& zone, Slot from, std::vector<CronAdvice>& advice) {
  const auto touches = touches_in_year(cron, zone, from);
  if (touches.empty()) return;
  std::vector<std::string> clauses;
  for (std::size_t i = 0; i < touches.size() && i < kMostDates; ++i) {
    // The times are named again only where they differ from those before.
    const std::string times = times_text(touches[i], "and");
    const bool same = i > 0 && times == times_text(touches[i - 1], "and");
    clauses.push_back((same ? "" : times + " ") + touch_clause(touches[i]));
  }
  advice.push_back({214, quoted_text(cron.text()) + ": in " + zone.name() + " " + listed(clauses),
                    untouched_hour(cron, zone, from) + or_allow(214)});
}

}  // namespace

std::string quoted_text(std::string_view text) { return "\"" + std::string(text) + "\""; }
std::string or_allow(int code) { return ", or \"allow\": [\"PW" + std::to_string(code) + "\"]"; }

std::string with_field(const Cron& cron, CronField field, const std::string& text) {
  auto fields = five_fields(cron);
  fields[static_cast<std::size_t>(field)] = text;
  std::string out;
  for (const std::string& each : fields) out += (out.empty() ? "" : " ") + each;
  return out;
}

std::vector<CronAdvice> cron_advice(const Cron& cron, const Zone& zone, Slot from) {
  std::vector<CronAdvice> advice;
  if (cron.every().count() > 0 || cron.never_fires()) return advice;
  every_minute(cron, zone, advice);
  either_day(cron, advice);
  clock_changes(cron, zone, from, advice);
  if (cron.fields().uneven) advice.push_back(uneven_step_advice(cron));
  return advice;
}

}  // namespace prewarm::schedule

// SPDX-License-Identifier: Apache-2.0
#include "advice_parts.hpp"
#include "cron_grammar.hpp"
#include "words_list.hpp"
#include "words_parts.hpp"

namespace prewarm::schedule {
namespace {

// When the field's values come round: "minutes 0 and 35 of the hour".
std::string fires_at(const Cron& cron, CronField field) {
  const CronFields& fields = cron.fields();
  switch (field) {
    case CronField::minute:
      return "at " + numbered("minute", values_in(fields.minutes)) + " of the hour";
    case CronField::hour:
      return "at " + numbered("hour", values_in(fields.hours)) + " of the day";
    case CronField::day:
      return "on " + numbered("day", values_in(fields.days)) + " of the month";
    case CronField::month:
      return "in " + numbered("month", values_in(fields.months)) + " of the year";
    case CronField::weekday:
      return "on " + numbered("day", values_in(fields.weekdays)) + " of the week (0 is Sunday)";
  }
  return {};
}

std::string unit_of(CronField field) {
  switch (field) {
    case CronField::minute:
      return "minutes";
    case CronField::hour:
      return "hours";
    case CronField::month:
      return "months";
    default:
      return "days";
  }
}

// "@every 35m" if the fields say nothing but the step: a whole number of units, everything longer "*",
// everything shorter one value.
std::string every_instead(const Cron& cron, const UnevenStep& uneven) {
  const auto fields = five_fields(cron);
  const CronFields& meant = cron.fields();
  const auto star = [&](CronField field) { return fields[static_cast<std::size_t>(field)] == "*"; };
  const bool one_minute = values_in(meant.minutes).size() == 1;
  const bool one_hour = values_in(meant.hours).size() == 1;
  const bool any_day = star(CronField::day) && star(CronField::month) && star(CronField::weekday);
  std::string text;
  if (uneven.field == CronField::minute && star(CronField::hour) && any_day)
    text = "@every " + std::to_string(uneven.step) + "m";
  if (uneven.field == CronField::hour && one_minute && any_day)
    text = "@every " + std::to_string(uneven.step) + "h";
  if (uneven.field == CronField::day && one_minute && one_hour && star(CronField::month) &&
      star(CronField::weekday))
    text = "@every " + std::to_string(uneven.step) + "d";
  return std::holds_alternative<Cron>(Cron::parse(text)) ? quoted_text(text) : "";
}

// The nearest steps that divide the field, as "*/30"; of one that goes beyond it the only value.
std::vector<std::string> even_steps(const UnevenStep& uneven) {
  const FieldRule& rule = field_rules()[static_cast<std::size_t>(uneven.field)];
  const auto even = [&](int step) { return step > 1 && step < rule.cycle() && rule.cycle() % step == 0; };
  std::vector<std::string> steps;
  if (uneven.step >= rule.cycle()) return {quoted_text(std::to_string(rule.min))};
  int below = uneven.step;
  while (below > 1 && !even(below)) --below;
  int above = uneven.step;
  while (above < rule.cycle() && !even(above)) ++above;
  if (even(below)) steps.push_back(quoted_text("*/" + std::to_string(below)));
  if (even(above)) steps.push_back(quoted_text("*/" + std::to_string(above)));
  return steps;
}

}  // namespace

CronAdvice uneven_step_advice(const Cron& cron) {
  const UnevenStep& uneven = *cron.fields().uneven;
  std::vector<std::string> instead;
  if (uneven.item[0] == '*') instead = even_steps(uneven);
  if (const std::string every = every_instead(cron, uneven); !every.empty()) instead.push_back(every);
  if (instead.empty()) instead.emplace_back("name the values");
  return {217,
          quoted_text(cron.text()) + " runs " + fires_at(cron, uneven.field) + ", not every " +
              std::to_string(uneven.step) + " " + unit_of(uneven.field),
          listed(instead, "or") + or_allow(217)};
}

}  // namespace prewarm::schedule

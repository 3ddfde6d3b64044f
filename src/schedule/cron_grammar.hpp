// SPDX-License-Identifier: Apache-2.0
// The inside of Cron::parse: one field at a time, one item at a time. What is refused is named by a Cause;
// the words for people, and the spelling to use, are made from cause and text afterwards, off the fast path.
// Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "prewarm/schedule/cron.hpp"

namespace prewarm::schedule {

struct FieldRule {
  CronField field;
  std::string_view title;
  int min;
  int max;                                  // of the cycle: 6 for day of week, whose 7 is another 0
  std::span<const std::string_view> names;  // of min, min + 1, …
  int largest() const { return field == CronField::weekday ? 7 : max; }
  int cycle() const { return max - min + 1; }
  bool is_day_field() const { return field == CronField::day || field == CronField::weekday; }
};
const std::array<FieldRule, 5>& field_rules();
/// The number behind a name of the field, in any case: "Mon" is 1.
std::optional<int> named_value(const FieldRule& rule, std::string_view word);

/// What one field says.
struct FieldSet {
  std::uint64_t values = 0;
  std::uint32_t nearest_weekday = 0;
  std::array<std::uint8_t, 7> nth{};
  bool last_day = false;
  bool last_weekday = false;
  bool whole = false;    // exactly "*" or "?"
  bool starred = false;  // an item begins with "*"
  bool plus = false;     // day of week: a leading "+"
  std::optional<UnevenStep> uneven{};
};

enum class Cause : std::uint8_t { none, empty, malformed, out_of_range, backward, zero_step, no_range };

/// Adds `item` to `set`, or says why not.
Cause parse_item(const FieldRule& rule, std::string_view item, FieldSet& set);

/// The fields of an expression as written, of a nickname those it stands for. Not for "@every".
std::array<std::string, 5> five_fields(const Cron& cron);

/// The words for a refused item of a field.
CronFault item_fault(const FieldRule& rule, std::string_view item, Cause cause);
/// For a field with an empty item.
CronFault empty_item_fault(const FieldRule& rule, std::string_view field);
/// For an expression that has not five fields (`fields`: those it has, at most 8), or begins with "@".
CronFault shape_fault(std::string_view text, std::span<const std::string_view> fields);
CronFault nickname_fault(std::string_view text);
CronFault every_fault(std::string_view text, std::string_view duration);

}  // namespace prewarm::schedule

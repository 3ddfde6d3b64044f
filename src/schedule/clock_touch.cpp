// SPDX-License-Identifier: Apache-2.0
#include "clock_touch.hpp"

#include <array>
#include <cstdio>

namespace prewarm::schedule {
namespace {

using std::chrono::ceil;
using std::chrono::days;
using std::chrono::floor;
using std::chrono::minutes;

bool one(const Touch& touch) { return touch.count == 1; }

// When the old offset, and after the change the new one, shows `time`.
Slot first_pass(const Touch& touch, LocalMinute time) {
  return Slot(time.time_since_epoch() - touch.change.before);
}
Slot second_pass(const Touch& touch, LocalMinute time) {
  return Slot(time.time_since_epoch() - touch.change.after);
}

}  // namespace

std::optional<Touch> touch_of(const Cron& cron, const ClockChange& change) {
  if (cron.every().count() > 0 || cron.never_fires()) return std::nullopt;
  const LocalTime begin = std::min(change.from(), change.to());
  const LocalTime end = std::max(change.from(), change.to());
  const auto first = first_meant(cron.fields(), ceil<minutes>(begin), end);
  if (!first) return std::nullopt;
  Touch touch{change, *first, *first, *first, 1};
  while (const auto next = first_meant(cron.fields(), touch.last + minutes(1), end)) {
    if (++touch.count == 2) touch.second = *next;
    touch.last = *next;
  }
  return touch;
}

std::string times_text(const Touch& touch, std::string_view joint) {
  const std::string between = " " + std::string(joint) + " ";
  if (touch.count == 1) return clock_text(touch.first);
  if (touch.count == 2) return clock_text(touch.first) + between + clock_text(touch.last);
  if (touch.count == 3)
    return clock_text(touch.first) + ", " + clock_text(touch.second) + between + clock_text(touch.last);
  return clock_text(touch.first) + " to " + clock_text(touch.last);
}

std::string change_text(const ClockChange& change) {
  const bool other_day = floor<days>(change.from()) != floor<days>(change.to());
  const auto text = [&](LocalTime time) {
    return (other_day ? date_text(time) + " " : "") + clock_text(time);
  };
  return "clocks go from " + text(change.from()) + (change.jump().count() > 0 ? " to " : " back to ") +
         text(change.to());
}

std::string gap_text(const Touch& touch, bool elapsed) {
  const bool dated = touch.dropped();
  const std::string text = "there is no " + times_text(touch, "or") +
                           (dated ? " on " + date_text(touch.first) : "") + ": " + change_text(touch.change) +
                           "; ";
  if (elapsed || touch.dropped())
    return text + (one(touch) ? "nothing runs for it" : "nothing runs for them");
  return text + "runs once, at " + clock_text(touch.change.to());
}

std::string repeat_text(const Touch& touch, bool elapsed) {
  const std::string text = times_text(touch, "and") + (one(touch) ? " comes twice; " : " come twice; ");
  const std::string first = utc_text(first_pass(touch, touch.first));
  if (!one(touch)) return text + (elapsed ? "runs in both passes" : "runs in the first pass");
  if (!elapsed) return text + "runs at the first (" + first + ")";
  return text + "runs at both (" + first + " and " + utc_text(second_pass(touch, touch.first)) + ")";
}

std::string touch_text(const Touch& touch, bool elapsed) {
  return touch.missing() ? gap_text(touch, elapsed) : repeat_text(touch, elapsed);
}

std::string clock_text(LocalTime time) {
  const std::chrono::hh_mm_ss clock(time - floor<days>(time));
  std::array<char, 32> text{};
  const int length =
      std::snprintf(text.data(), text.size(), "%02d:%02d", static_cast<int>(clock.hours().count()),
                    static_cast<int>(clock.minutes().count()));
  if (clock.seconds().count() != 0)
    std::snprintf(text.data() + length, text.size() - static_cast<std::size_t>(length), ":%02d",
                  static_cast<int>(clock.seconds().count()));
  return text.data();
}

std::string date_text(LocalTime time) {
  constexpr auto kDays = std::to_array<const char*>({"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"});
  const auto day = floor<days>(time);
  const std::chrono::year_month_day date(day);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%s %04d-%02u-%02u", kDays[std::chrono::weekday(day).c_encoding()],
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()));
  return text.data();
}

std::string utc_text(Slot slot) { return clock_text(LocalTime(slot.time_since_epoch())) + "Z"; }

}  // namespace prewarm::schedule

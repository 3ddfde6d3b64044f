// SPDX-License-Identifier: Apache-2.0
// A cron expression and its slots (SURFACE 5): five fields, a nickname ("@daily") or "@every 90s". Fixed
// times that fall into a gap of the wall clock run once right after it, repeated ones at their first
// occurrence; elapsed ones (an hour field with "*") follow the clock in both passes and never run in a gap.
// Not for what is said about an expression: words.hpp, gaps.hpp, advice.hpp, explain.hpp.
// Pure. Thread-safe: values only.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "prewarm/base/clock.hpp"
#include "prewarm/schedule/cron_fields.hpp"
#include "prewarm/schedule/zone.hpp"

namespace prewarm::schedule {

/// Why an expression is refused (PW210). All four are printable one-line text, cut to a sane length.
struct CronFault {
  std::string field;   // "minute" … "day of week", or "expression"
  std::string item;    // what was found there, as written
  std::string reason;  // a predicate: FIELD "ITEM" REASON is a sentence
  std::string remedy;  // the spelling to use, in quotes, and what it means
};
/// 'hour "22-2" runs backward'.
std::string fault_text(const CronFault& fault);

/// Slots lie from 1970-01-01T00:00:00Z to 2199-12-31T23:59:59Z.
inline constexpr Slot kFirstSlot{std::chrono::seconds(0)};
inline constexpr Slot kEndOfSlots = std::chrono::sys_days(std::chrono::year(2200) / 1 / 1);
/// Fixed times inside a longer gap (a skipped date) do not run at all.
inline constexpr std::chrono::seconds kLongestGapMadeUp = std::chrono::hours(3);

class Cron {
 public:
  /// Empty text; never fires. Only a place to put a parsed one.
  Cron() = default;
  /// Total: any bytes; linear in the length of `written`.
  static std::variant<Cron, CronFault> parse(std::string_view written);

  /// The first slot strictly after `after`. At most some 10 microseconds, however rare the date.
  std::optional<Slot> next(Slot after, const Zone& zone) const;
  /// The last slot at or before `at`. The same bound.
  std::optional<Slot> latest(Slot at, const Zone& zone) const;

  /// Follows elapsed time through clock changes; true for "@every" as well.
  bool elapsed() const { return every_.count() > 0 || fields_.elapsed; }
  /// An impossible date such as "0 0 31 2 *" (PW211); decided from the fields, without a search.
  bool never_fires() const { return never_fires_; }
  /// As written, without blanks around it.
  const std::string& text() const { return text_; }
  /// The D of "@every D", whole seconds; 0 for all others.
  std::chrono::seconds every() const { return every_; }
  /// The sets; empty for "@every".
  const CronFields& fields() const { return fields_; }

  friend bool operator==(const Cron& a, const Cron& b) { return a.text_ == b.text_; }

 private:
  std::string text_;
  CronFields fields_{};
  std::chrono::seconds every_{0};
  bool never_fires_ = true;
};

}  // namespace prewarm::schedule

// SPDX-License-Identifier: Apache-2.0
// A second, naive reading of the cron rules: expressions are made, not parsed, every minute of a zone's civil
// time is walked through cctz, and each rule is applied word for word. Shares no code with the room
// `schedule`. Slow on purpose; one thread.
#pragma once

#include <cctz/civil_time.h>

#include <array>
#include <chrono>
#include <random>
#include <string>
#include <vector>

namespace prewarm::schedule {

struct OracleItem {
  enum class Kind { star, value, range, last_day, last_weekday, nearest_weekday, nth, last_of };
  Kind kind = Kind::star;
  int first = 0;
  int last = 0;
  int step = 1;
  std::string text(int field) const;
};

/// Minute, hour, day of month, month, day of week.
struct OracleExpression {
  std::array<std::vector<OracleItem>, 5> fields;
  bool plus = false;
  std::string text() const;
};

/// Any expression of the dialect but nicknames and "@every"; days are often made to hit `near`.
OracleExpression random_expression(std::mt19937_64& random, cctz::civil_day near);

class Oracle {
 public:
  explicit Oracle(const OracleExpression& expression);
  bool meant(const cctz::civil_minute& time);
  bool day_meant(const cctz::civil_day& day) const;
  bool elapsed() const { return elapsed_; }

 private:
  OracleExpression expression_;
  std::array<bool, 60> minutes_{};
  std::array<bool, 24> hours_{};
  bool elapsed_ = false;
  cctz::civil_day seen_{};  // last day asked for, and the answer
  bool seen_meant_ = false;
};

/// The slots of every expression in [begin, end), in Unix seconds divisible by 60.
std::vector<std::vector<std::int64_t>> walk(std::vector<Oracle>& oracles, const std::string& zone,
                                            std::int64_t begin, std::int64_t end);

}  // namespace prewarm::schedule

// SPDX-License-Identifier: Apache-2.0
// The fence's decision beside a second reading of PROMISES 4, row by row: a head is a regular expression
// here, and its instant is what the C library makes of it. tests/store asks the script on a real server about
// the same inputs.
#include <ctime>
#include <regex>
#include <tuple>

#include "fuzz/fence_input.hpp"

using namespace prewarm;
using Answer = run::ReadBack::Answer;

namespace {

struct Known {
  std::int64_t version, instant;
};

std::optional<Known> known(std::string_view head) {
  static const std::regex kHead(
      R"re(\{"version":([1-9][0-9]{0,8}),"lastUpdated":"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})\.([0-9]{3})Z","payload":)re");
  std::cmatch match;
  if (!std::regex_search(head.data(), head.data() + head.size(), match, kHead,
                         std::regex_constants::match_continuous))
    return std::nullopt;
  const auto number = [&](std::size_t group) { return std::stoi(match[group].str()); };
  std::tm time{};
  std::tie(time.tm_year, time.tm_mon, time.tm_mday) = std::tuple(number(2) - 1900, number(3) - 1, number(4));
  std::tie(time.tm_hour, time.tm_min, time.tm_sec) = std::tuple(number(5), number(6), number(7));
  const std::tm asked = time;
  const std::int64_t seconds = timegm(&time);  // brings a date that does not exist into order
  const auto parts = [](const std::tm& t) {
    return std::tuple(t.tm_year, t.tm_mon, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec);
  };
  if (parts(asked) != parts(time)) return std::nullopt;
  return Known{number(1), seconds * 1000 + number(8)};
}

Answer by_the_table(const fuzz::FenceInput& in) {
  const std::int64_t ours = in.ours.instant.time_since_epoch().count();
  const std::int64_t now = in.clock.now.time_since_epoch().count();
  if (now - ours > in.clock.max_age.count()) return Answer::expired;
  const auto there = known(in.found.substr(0, envelope::kHeadBytes));
  if (!there) return Answer::written;                         // nothing, legacy, foreign
  if (there->instant - now > 60'000) return Answer::written;  // a clock was wrong, any version
  if (there->version > in.ours.version) return Answer::superseded;
  if (there->version < in.ours.version) return Answer::written;
  return there->instant > ours ? Answer::superseded : Answer::written;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const fuzz::FenceInput in = fuzz::fence_input(input);
  const Answer answer = by_the_table(in);
  ENSURE(store::fence_decision(in.found.substr(0, envelope::kHeadBytes), in.ours, in.clock) == answer);
  ENSURE(store::fence_decision(in.found, in.ours, in.clock) == answer);
  return 0;
}

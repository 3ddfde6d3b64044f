// SPDX-License-Identifier: Apache-2.0
// Ends by the known brackets are those of the byte scanner, for every value of every text.
#include "shape/value_ends.hpp"

#include "prewarm/base/json_walk.hpp"
#include "shape/body_check.hpp"
#include "shape/shaping.hpp"

using namespace prewarm;
using namespace prewarm::testing;

namespace {

void add_values(std::string_view text, std::size_t at, std::vector<std::size_t>& places) {
  places.push_back(at);
  if (text[at] != '{' && text[at] != '[') return;
  for (JsonWalk walk(text, at); walk.next();) add_values(text, walk.value_at(), places);
}

std::vector<std::string> texts() {
  std::vector<std::string> all{R"({"a":"}]\"{[","b":[{},[],"",{"c":"\\"}],"d":{"e":[1,[2,[3]],"x"]}})",
                               " [ {\"a\" : 1 } ,\n [ ] , \"]\" , -1.5e3 , true , null ] ",
                               R"(["\\\\\"",{"\u005b":"\u007d"},"\\"])",
                               "{}",
                               "[]",
                               "\"}\"",
                               "12",
                               R"([[[[[[[[{"deep":{"deeper":[{}]}}]]]]]]]])"};
  for (const char* name : {"listenbrainz-recent.json", "lastfm-recent.json", "clerk-users.json"})
    all.push_back(sample(name));
  return all;
}

}  // namespace

TEST_CASE("values end by the known brackets where the scanner says") {
  for (const std::string& each : texts()) {
    const run::Body body = body_of(each);
    shape::BodyCheck check;
    REQUIRE_FALSE(check.fault(body.bytes).has_value());
    const bool nests = each.find_first_of("{[") != std::string::npos;
    REQUIRE(check.brackets().empty() != nests);  // else this test compares the scanner with itself
    std::vector<std::size_t> places;
    add_values(body.bytes, skip_json_space(body.bytes, 0), places);
    for (const std::size_t first : places) {
      // From each value on, every later one that is not inside it, as a reader of records goes.
      shape::ValueEnds fast(body.bytes, check.brackets()), slow(body.bytes, {});
      std::size_t from = first;
      for (const std::size_t at : places) {
        if (at < from) continue;
        const std::size_t end = json_value_end(body.bytes, at);
        INFO(each << " at " << at);
        REQUIRE(fast.end(at) == end);
        REQUIRE(slow.end(at) == end);
        from = end;
      }
    }
  }
}

TEST_CASE("the brackets of a text are known in the order in which they begin, while it is the last") {
  shape::BodyCheck check;
  CHECK(check.brackets().empty());
  const run::Body good = body_of(R"([{"a":[]},[1]])"), bad = body_of("[[],");
  CHECK_FALSE(check.fault(good.bytes).has_value());
  std::vector<std::pair<std::uint32_t, std::uint32_t>> brackets;
  for (const JsonBracket& bracket : check.brackets()) brackets.emplace_back(bracket.begin, bracket.end);
  CHECK(brackets == std::vector<std::pair<std::uint32_t, std::uint32_t>>{{0, 14}, {1, 9}, {6, 8}, {10, 13}});
  CHECK(check.fault(bad.bytes).has_value());
  CHECK(check.brackets().empty());
  const run::Body large = body_of("[" + std::string(600'000, ' ') + "]");
  CHECK_FALSE(check.fault(large.bytes).has_value());
  check.rest();
  CHECK(check.brackets().empty());
}

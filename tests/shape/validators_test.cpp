// SPDX-License-Identifier: Apache-2.0
// The two judges of JSON against each other: simdjson, whichever release is linked, and our scanner.
#include <simdjson.h>

#include <catch2/catch_test_macros.hpp>

#include "base/random_json.hpp"
#include "shape/body_check.hpp"

using namespace prewarm;

namespace {

std::string padded(const std::string& text) {
  std::string bytes;
  bytes.reserve(text.size() + kJsonPadding);
  bytes += text;
  return bytes;
}

}  // namespace

// For each kind of processor that this one can stand for.
TEST_CASE("by simdjson's index and by the scanner the same is sound") {
  testing::RandomJson random(3);
  const std::string bytes =
      "[]{}\",:\\/ \n\t0123456789.-+eEtfnux\x01\x00\x7f\x80\xc3\xa9\xed\xef\xbb\xbf\xff";
  const auto* const usual = simdjson::get_active_implementation().operator->();
  for (const simdjson::implementation* kind : simdjson::get_available_implementations()) {
    if (!kind->supported_by_runtime_system()) continue;
    simdjson::get_active_implementation() = kind;
    shape::BodyCheck check;
    int sound = 0, mutants = 0;
    for (int round = 0; round < 20000; ++round) {
      std::string text = random.space() + random.text(3) + random.space();
      for (int edits = random.pick(4); edits > 0; --edits) {
        const auto at = static_cast<std::size_t>(random.pick(static_cast<int>(text.size()) + 1));
        const char byte = bytes[static_cast<std::size_t>(random.pick(static_cast<int>(bytes.size())))];
        if (random.pick(2) == 0)
          text.insert(at, 1, byte);
        else if (at < text.size())
          text[at] = byte;
      }
      const bool taken = check.taken_by_simdjson(padded(text));
      const auto fault = scan_json(text);
      if (taken && fault)
        FAIL(kind->name() << " takes, the scanner does not (" << fault->what << "): " << text);
      if (!taken && !fault) FAIL("the scanner takes, " << kind->name() << " does not: " << text);
      taken ? ++sound : ++mutants;
    }
    CHECK(sound > 1000);
    CHECK(mutants > 1000);
  }
  simdjson::get_active_implementation() = usual;
}

TEST_CASE("simdjson is asked within its limits alone") {
  shape::BodyCheck check;
  const auto nested = [](std::size_t depth, const std::string& inside) {
    return padded(std::string(depth, '[') + inside + std::string(depth, ']'));
  };
  CHECK(check.taken_by_simdjson(padded("[1,2.5,\"a\"]")));
  CHECK(check.taken_by_simdjson(padded(" null ")));
  CHECK_FALSE(check.taken_by_simdjson(padded("\xef\xbb\xbf[]")));
  CHECK_FALSE(check.taken_by_simdjson(nested(65, "1")));
  CHECK_FALSE(check.taken_by_simdjson(nested(65, "")));
  CHECK_FALSE(check.taken_by_simdjson(nested(64, "{}")));
  for (const char* inside : {"1", "", "{}"}) CHECK_FALSE(check.fault(nested(63, inside)).has_value());
  CHECK_FALSE(check.fault(nested(64, "1")).has_value());
  CHECK(check.fault(nested(65, "")).has_value());
  std::string tight = "[1]";
  tight.shrink_to_fit();
  CHECK_FALSE(check.taken_by_simdjson(tight));
  CHECK_FALSE(check.fault(tight).has_value());
}

// SPDX-License-Identifier: Apache-2.0
#include "prewarm/envelope/sealed.hpp"

#include <catch2/catch_test_macros.hpp>

using prewarm::envelope::Sealed;

TEST_CASE("an envelope in pieces is the same bytes as the whole one") {
  const std::string head = R"({"version":3,"payload":)", payload = R"([1,"two",3])";
  const std::string whole = head + payload + "}";
  const Sealed pieces(head, payload), owned(whole);
  for (const Sealed& sealed : {pieces, owned}) {
    CHECK(sealed.size() == whole.size());
    CHECK(sealed.text() == whole);
    CHECK(sealed == whole);
    CHECK(sealed.front().starts_with(head));
    CHECK_FALSE(sealed.empty());
    std::string out(whole.size() + 1, '!');
    CHECK(sealed.copy_to(out.data()) == out.data() + whole.size());
    CHECK(out == whole + "!");
  }
  CHECK(Sealed().empty());
  CHECK(Sealed().text().empty());
}

TEST_CASE("any part of an envelope is compared where it lies") {
  const std::string head = R"({"v":1,"p":)", payload = "[12,34]", whole = head + payload + "}";
  for (const Sealed& sealed : {Sealed(head, payload), Sealed(whole)})
    for (std::size_t at = 0; at <= whole.size(); ++at)
      for (std::size_t count = 0; at + count <= whole.size(); ++count) {
        std::string part = whole.substr(at, count);
        INFO(at << " " << count);
        REQUIRE(sealed.has(at, part));
        REQUIRE_FALSE(sealed.has(whole.size() + 1, part));
        // Past the end, and another byte at each place.
        if (at + count == whole.size()) {
          REQUIRE_FALSE(sealed.has(at, part + "}"));
          REQUIRE_FALSE(sealed == whole + "}");
        }
        for (char& c : part) {
          c ^= 1;
          REQUIRE_FALSE(sealed.has(at, part));
          c ^= 1;
        }
      }
}

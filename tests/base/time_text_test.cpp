// SPDX-License-Identifier: Apache-2.0
#include "prewarm/base/time_text.hpp"

#include <catch2/catch_test_macros.hpp>

#include "prewarm/base/hash.hpp"

using namespace prewarm;
using namespace std::chrono_literals;

TEST_CASE("an instant prints in 24 characters and reads back") {
  const WallTime instant = parse_rfc3339("2026-05-01T15:00:07.4129+02:00").value();
  CHECK(instant_text(instant) == "2026-05-01T13:00:07.412Z");
  CHECK(parse_instant("2026-05-01T13:00:07.412Z") == instant);
  CHECK(slot_text(std::chrono::floor<std::chrono::seconds>(instant)) == "2026-05-01T13:00:07Z");
  CHECK(slot_compact(std::chrono::floor<std::chrono::seconds>(instant)) == "20260501T130007Z");
  CHECK(local_text(std::chrono::floor<std::chrono::seconds>(instant), -3h - 30min) ==
        "2026-05-01T09:30:07-03:30");
}

TEST_CASE("only the exact stored form is an instant") {
  for (const char* text : {"2026-05-01T13:00:07.41Z", "2026-05-01T13:00:07.4123Z", "2026-05-01 13:00:07.412Z",
                           "2026-02-30T13:00:07.412Z", "2026-05-01T24:00:07.412Z", "2026-05-01T13:60:07.412Z",
                           "2026-05-01T13:00:60.412Z", "2026-05-01T13:00:07.412z", "2026-05-01T13:00:07,412Z",
                           "2O26-05-01T13:00:07.412Z", "2026-00-01T13:00:07.412Z"})
    CHECK_FALSE(parse_instant(text).has_value());
  CHECK(parse_instant("9999-12-31T23:59:59.999Z").has_value());
}

TEST_CASE("run ids follow the contract") {
  CHECK(uuid8(sha256("prewarm:production:recent-listens:20260501T130000Z")) ==
        "8a46fec7-e050-8d1e-a5e6-a3d39b7a7023");
  CHECK(fnv1a64("recent-listens:1777640400") % 20000 == 19183);
}

TEST_CASE("digests are those of FIPS 180's examples") {
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_hex("", 8) == "e3b0c442");
  CHECK(sha1_hex("abc") == "a9993e364706816aba3e25717850c26c9cd0d89d");
}

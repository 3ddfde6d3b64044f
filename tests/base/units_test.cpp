// SPDX-License-Identifier: Apache-2.0
#include "prewarm/base/units.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace prewarm;
using namespace std::chrono_literals;

TEST_CASE("durations in falling units are read") {
  CHECK(parse_duration("90s").value() == 90s);
  CHECK(parse_duration("1h30m").value() == 90min);
  CHECK(parse_duration("1d2h3m4s5ms").value() == 26h + 3min + 4s + 5ms);
  CHECK(parse_duration("0s").value() == 0ms);
}

TEST_CASE("durations without unit, with sign, blanks, wrong order or overflow are refused") {
  for (const char* text :
       {"", "5", "-1m", "+1m", "1m ", " 1m", "1m1h", "1m1m", "1.5h", "1w", "9223372036854775807s", "1M", "m"})
    CHECK_FALSE(parse_duration(text).ok());
  CHECK(parse_duration("90").error().remedy.find("\"90s\"") != std::string::npos);
}

TEST_CASE("sizes are read in powers of 1024") {
  CHECK(parse_bytes("512B").value().count == 512);
  CHECK(parse_bytes("64KiB").value().count == 65536);
  CHECK(parse_bytes("2MiB").value().count == 2u << 20);
  for (const char* text : {"", "5", "5KB", "5 KiB", "-1B", "1MiB1B", "99999999999999GiB"})
    CHECK_FALSE(parse_bytes(text).ok());
}

TEST_CASE("durations print as the surface says") {
  CHECK(duration_text(208s) == "3m 28s");
  CHECK(duration_text(64h + 6min + 3s) == "64h 6m");
  CHECK(duration_text(96min) == "1h 36m");
  CHECK(duration_text(75h) == "75h");
  CHECK(duration_text(41 * 24h + 5h) == "41d");
  CHECK(duration_text(0ms) == "0s");
  CHECK(duration_text(999ms) == "0s");
  CHECK(duration_text(1h + 5s) == "1h");
  CHECK(duration_exact(25h + 30s) == "25h 0m 30s");
  CHECK(duration_exact(5min + 30s) == "5m 30s");
  CHECK(duration_literal(5min + 30s) == "5m30s");
  CHECK(duration_literal(25h + 30s) == "25h30s");
  CHECK(size_text(1397) == "1397 B");
  CHECK(size_text(19853) == "19.9 kB");
  CHECK(size_text(9999) == "9999 B");
  CHECK(size_text(999999) == "1.0 MB");
}

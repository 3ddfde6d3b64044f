// SPDX-License-Identifier: Apache-2.0
// Sound expressions, zones and instants in one word, for tests. A test that needs the faults calls the
// parsers.
#pragma once

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "prewarm/base/time_text.hpp"
#include "prewarm/schedule/cron.hpp"

namespace prewarm::schedule {

inline Cron cron_of(const std::string& text) {
  auto parsed = Cron::parse(text);
  if (const auto* fault = std::get_if<CronFault>(&parsed)) FAIL(text << ": " << fault_text(*fault));
  return std::get<Cron>(std::move(parsed));
}
inline Zone zone_of(const std::string& name) {
  auto zone = Zone::load(name);
  if (!zone) FAIL(name << ": " << zone.error().message);
  return *zone;
}
/// RFC 3339, with any offset.
inline Slot slot_at(const std::string& text) {
  return std::chrono::floor<std::chrono::seconds>(parse_rfc3339(text).value());
}

}  // namespace prewarm::schedule

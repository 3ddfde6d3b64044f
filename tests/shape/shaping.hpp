// SPDX-License-Identifier: Apache-2.0
// Shapes a body by the text of a schedule file, through the loader that the worker uses.
#pragma once

#include <catch2/catch_test_macros.hpp>

#include "base/sample.hpp"
#include "prewarm/shape/shape.hpp"
#include "schedule/load.hpp"

namespace prewarm::testing {

/// A schedule out of further members at the top, in `fetch` and in `store`; the file must be sound.
inline schedule::SchedulePtr schedule_of(const std::string& top, const std::string& fetch = "",
                                         const std::string& store = "") {
  const auto result = schedule::test::load_text(schedule::test::file_with(top, fetch, store));
  INFO(schedule::test::texts(result));
  REQUIRE(result.catalog != nullptr);
  return result.catalog->schedules.at(0);
}
/// One of the files in schedules/.
inline schedule::SchedulePtr sample_schedule(const std::string& name) {
  schedule::test::World world;
  world.variables = {
      {"LISTENBRAINZ_USER", "example_listener"}, {"LISTENBRAINZ_TOKEN", "x"}, {"LASTFM_API_KEY", "x"}};
  const auto result = schedule::test::load({{name, sample("../../schedules/" + name)}}, world);
  INFO(schedule::test::texts(result));
  REQUIRE(result.catalog != nullptr);
  return result.catalog->schedules.at(0);
}

inline run::Body body_of(const std::string& bytes, const std::string& content_type = "application/json") {
  run::Body body;
  body.bytes.reserve(bytes.size() + kJsonPadding);
  body.bytes = bytes;
  body.content_type = content_type;
  return body;
}

inline Result<shape::Shaped> shape_body(const schedule::SchedulePtr& schedule, const run::Body& body) {
  auto shaped = shape::Shaper().shape(*schedule, body);
  if (shaped) shaped->payload.take_over();  // the body may be gone before it
  return shaped;
}
inline Result<shape::Shaped> shape_text(const schedule::SchedulePtr& schedule, const std::string& bytes) {
  return shape_body(schedule, body_of(bytes));
}
/// The payload, or the code and message of the refusal: "PW610 guard.minItems 1: 0 items came".
inline std::string outcome(const Result<shape::Shaped>& shaped) {
  return shaped ? std::string(shaped->payload)
                : code_text(code_of(shaped.error().kind)) + " " + shaped.error().message;
}
inline std::string outcome(const Result<void>& compared) {
  return compared ? "ok" : code_text(code_of(compared.error().kind)) + " " + compared.error().message;
}

}  // namespace prewarm::testing

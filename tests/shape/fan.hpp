// SPDX-License-Identifier: Apache-2.0
// Fan-outs out of schedule files, and what comes of one answer to them in a form that a test can compare.
#pragma once

#include "shape/shaping.hpp"

namespace prewarm::testing {

using Lines = std::vector<std::string>;

/// With many ids a request: the ids are u1 to u4, a record's own is at `/id`.
inline schedule::SchedulePtr batched(const std::string& fanout = "", const std::string& top = "",
                                     const std::string& keys = "") {
  const auto comma = [](const std::string& text) { return text.empty() ? text : ", " + text; };
  return schedule_of(R"("fanout": {"ids": ["u1", "u2", "u3", "u4"], "batch": 4, "param": "id", "id": "/id")" +
                         comma(fanout) + "}" + comma(top),
                     "", keys.empty() ? keys : "\"keys\": [" + keys + "]");
}
/// With one id a request.
inline schedule::SchedulePtr one_each(const std::string& fanout = "", const std::string& top = "") {
  const auto comma = [](const std::string& text) { return text.empty() ? text : ", " + text; };
  const auto result = schedule::test::load_text(
      R"({"schedule": "@hourly", "fetch": {"url": "https://api.example.net/users/{id}"}, "fanout": {"ids": ["u1", "u2"])" +
      comma(fanout) + R"(}, "store": {"version": 1})" + comma(top) + "}");
  INFO(schedule::test::texts(result));
  REQUIRE(result.catalog != nullptr);
  return result.catalog->schedules.at(0);
}

inline const IdList& ids_of(const schedule::SchedulePtr& schedule) {
  return *std::get<IdListPtr>(schedule->fanout->ids);
}

/// One answer to a request for [first, first + count) of the ids.
struct Answer {
  std::string refused;  // of the whole answer; empty if its records were read
  Lines values;         // "u1 {"id":"u1"}", "u1 PW606 two records ...", in the order of the body
  Lines keys;           // of those that were shaped
  Lines without_id;
  std::size_t strangers = 0;
};
inline Answer answer(const schedule::SchedulePtr& schedule, const std::string& bytes, std::size_t first = 0,
                     std::size_t count = 4) {
  const IdList& ids = ids_of(schedule);
  const run::Body body = body_of(bytes);
  auto records = shape::Shaper().records(*schedule, body, {ids, first, count});
  Answer out;
  if (!records) {
    out.refused = code_text(code_of(records.error().kind)) + " " + records.error().message;
    return out;
  }
  for (const shape::IdValue& value : records->values) {
    out.values.push_back(std::string(ids[value.id]) + " " + outcome(value.shaped));
    if (value.shaped) out.keys.insert(out.keys.end(), value.shaped->keys.begin(), value.shaped->keys.end());
  }
  for (const Error& error : records->without_id)
    out.without_id.push_back(code_text(code_of(error.kind)) + " " + error.message);
  out.strangers = records->strangers;
  return out;
}

}  // namespace prewarm::testing

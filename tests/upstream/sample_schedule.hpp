// SPDX-License-Identifier: Apache-2.0
// A schedule that fetches something, and answers to it, for the tests of `upstream`.
#pragma once

#include <string>

#include "prewarm/http/fetcher.hpp"
#include "prewarm/schedule/definition.hpp"

namespace prewarm::upstream::test {

inline const BootTime kNow{std::chrono::hours(5)};
inline const WallTime kWall{std::chrono::seconds(1'777'640'400)};  // 2026-05-01T13:00:00Z

inline schedule::Schedule api_schedule() {
  schedule::Schedule schedule;
  schedule.name = "api";
  schedule.fetch.url = {"https://api.example.net/x", Secret("https://api.example.net/x")};
  schedule.fetch.display_url = "https://api.example.net/x";
  schedule.fetch.host = "api.example.net";
  return schedule;
}

inline http::Response with_body(std::string body) {
  http::Response response;
  response.status = 200;
  response.body = std::move(body);
  response.headers.set(http::Field::content_type, "application/json");
  response.length_known = true;
  return response;
}

inline http::Response status_only(int status) {
  http::Response response;
  response.status = status;
  response.length_known = true;
  return response;
}

}  // namespace prewarm::upstream::test

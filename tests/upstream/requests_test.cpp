// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_test_macros.hpp>

#include "prewarm/upstream/requests.hpp"
#include "upstream/sample_schedule.hpp"

using namespace prewarm;
using namespace prewarm::upstream;
using test::api_schedule;

namespace {
std::string url_of(const std::string& url, std::vector<std::pair<std::string, std::string>> query) {
  auto schedule = api_schedule();
  schedule.fetch.url.value = Secret(url);
  for (auto& [name, value] : query) schedule.fetch.query.push_back({name, {value, Secret(value)}});
  return build_request(schedule).url.reveal();
}

std::string header_of(const http::Request& request, std::string_view name) {
  std::string found;
  for (const auto& header : request.headers)
    if (header.first == name) found += (found.empty() ? "" : ", ") + header.second.reveal();
  return found;
}
}  // namespace

TEST_CASE("the query is encoded and appended in the order written") {
  CHECK(url_of("https://a/x", {}) == "https://a/x");
  CHECK(url_of("https://a/x", {{"b", "1"}, {"a", "2"}, {"b", "3"}}) == "https://a/x?b=1&a=2&b=3");
  CHECK(url_of("https://a/x?y=0", {{"b", "1"}}) == "https://a/x?y=0&b=1");
  CHECK(url_of("https://a/x?", {{"b", ""}}) == "https://a/x?b=");
  CHECK(url_of("https://a/x&", {{"b", "1"}, {"c", "2"}}) == "https://a/x&?b=1&c=2");
  CHECK(url_of("https://a/x?y=0&", {{"b", "1"}}) == "https://a/x?y=0&b=1");
  CHECK(url_of("https://a", {{"a[]", "1 + 1 = 2 & \xC3\xA9 100% ~-._/?#"}}) ==
        "https://a?a%5B%5D=1%20%2B%201%20%3D%202%20%26%20%C3%A9%20100%25%20~-._%2F%3F%23");
}

TEST_CASE("accept and user-agent are sent unless given in any case") {
  auto schedule = api_schedule();
  CHECK(header_of(build_request(schedule), "accept") == "application/json");
  CHECK(header_of(build_request(schedule), "user-agent") == "prewarm/" PREWARM_VERSION);
  CHECK(header_of(build_request(schedule), "content-type").empty());
  schedule.fetch.headers = {{"Accept", {"text/json", Secret("text/json")}},
                            {"USER-AGENT", {"me", Secret("me")}}};
  const auto request = build_request(schedule);
  CHECK(request.headers.size() == 2);
  CHECK(header_of(request, "Accept") == "text/json");
}

TEST_CASE("a JSON body goes out as application/json unless another type is given") {
  auto schedule = api_schedule();
  schedule.fetch.method = schedule::Method::post;
  schedule.fetch.body = {R"({"q":"${Q}"})", Secret(R"({"q":"x"})")};
  schedule.fetch.body_is_json = true;
  auto request = build_request(schedule);
  CHECK(request.post);
  CHECK(request.body.reveal() == R"({"q":"x"})");
  CHECK(header_of(request, "content-type") == "application/json");
  schedule.fetch.headers = {{"Content-Type", {"application/graphql", Secret("application/graphql")}}};
  request = build_request(schedule);
  CHECK(header_of(request, "content-type").empty());
  CHECK(header_of(request, "Content-Type") == "application/graphql");
  schedule.fetch.headers.clear();
  schedule.fetch.body_is_json = false;
  CHECK(header_of(build_request(schedule), "content-type").empty());
}

TEST_CASE("limits and the CA file of the schedule reach the request") {
  auto schedule = api_schedule();
  schedule.fetch.timeout = Millis(1234);
  schedule.fetch.max_bytes = {4321};
  schedule.fetch.ca_file = "ca.pem";
  const auto request = build_request(schedule);
  CHECK(request.timeout == Millis(1234));
  CHECK(request.max_bytes.count == 4321);
  CHECK(request.ca_file == "ca.pem");
  CHECK(request.display == "https://api.example.net/x");
}

// SPDX-License-Identifier: Apache-2.0
// What a fan-out asks for: one id a request, or so many in a parameter.
#include <catch2/catch_test_macros.hpp>
#include <limits>

#include "prewarm/upstream/exchange.hpp"
#include "prewarm/upstream/requests.hpp"
#include "upstream/sample_schedule.hpp"

using namespace prewarm;
using namespace prewarm::upstream;
using test::api_schedule;
using test::kNow;
using test::kWall;
using test::status_only;

namespace {

IdList ids_from(const std::vector<std::string>& texts) {
  IdList ids;
  for (const auto& text : texts) REQUIRE(ids.add(text) == IdList::Added::yes);
  return ids;
}

schedule::Schedule one_each(const std::string& url) {
  auto schedule = api_schedule();
  schedule.fetch.url = {url, Secret(url)};
  schedule.fanout.emplace();
  return schedule;
}

schedule::Schedule batched(const std::string& param, const std::string& join = "") {
  auto schedule = api_schedule();
  schedule.fanout.emplace();
  schedule.fanout->batch = 100;
  schedule.fanout->param = param;
  schedule.fanout->join = join;
  return schedule;
}

std::string url_of(const schedule::Schedule& schedule, const std::vector<std::string>& ids) {
  return FanoutRequests(schedule).of(ids_from(ids), {0, ids.size()}).url.reveal();
}

std::string header_of(const http::Request& request, std::string_view name) {
  for (const auto& header : request.headers)
    if (header.first == name) return header.second.reveal();
  return {};
}

}  // namespace

TEST_CASE("{id} is filled in path or query, and the schedule's query follows") {
  CHECK(url_of(one_each("https://a/users/{id}"), {"7"}) == "https://a/users/7");
  CHECK(url_of(one_each("https://a/users/{id}/card.json"), {"user_2a"}) ==
        "https://a/users/user_2a/card.json");
  CHECK(url_of(one_each("https://a/card?of={id}&size=2"), {"7"}) == "https://a/card?of=7&size=2");
  auto schedule = one_each("https://a/users/{id}");
  schedule.fetch.query = {{"v", {"2 {id}", Secret("2 {id}")}}};
  CHECK(url_of(schedule, {"7"}) == "https://a/users/7?v=2%20%7Bid%7D");
}

TEST_CASE("an id is one segment or one value, whatever it holds") {
  const std::string odd = "a/b?c#d&e=f+g %25,\xC3\xA9~-._";
  const std::string encoded = "a%2Fb%3Fc%23d%26e%3Df%2Bg%20%2525%2C%C3%A9~-._";
  CHECK(url_of(one_each("https://a/{id}"), {odd}) == "https://a/" + encoded);
  CHECK(url_of(one_each("https://a/?x={id}"), {odd}) == "https://a/?x=" + encoded);
  CHECK(url_of(batched("x"), {odd}) == "https://api.example.net/x?x=" + encoded);
  CHECK(url_of(batched("x", ","), {odd, "2"}) == "https://api.example.net/x?x=" + encoded + ",2");
  CHECK(url_of(one_each("https://a/{id}/x"), {".."}) == "https://a/%2E%2E/x");
  CHECK(url_of(one_each("https://a/{id}/x"), {"."}) == "https://a/%2E/x");
  CHECK(url_of(one_each("https://a/{id}/x"), {"..."}) == "https://a/.../x");
  CHECK(url_of(one_each("https://a/{id}"), {"{id}"}) == "https://a/%7Bid%7D");
}

TEST_CASE("a batch repeats its parameter once an id") {
  CHECK(url_of(batched("user_id"), {"user_a", "user_b", "user_c"}) ==
        "https://api.example.net/x?user_id=user_a&user_id=user_b&user_id=user_c");
  CHECK(url_of(batched("ids[]"), {"1", "2"}) == "https://api.example.net/x?ids%5B%5D=1&ids%5B%5D=2");
  auto schedule = batched("user_id");
  schedule.fetch.query = {{"limit", {"100", Secret("100")}}};
  CHECK(url_of(schedule, {"a", "b"}) == "https://api.example.net/x?limit=100&user_id=a&user_id=b");
  CHECK(url_of(schedule, {"a"}) == "https://api.example.net/x?limit=100&user_id=a");
}

TEST_CASE("joined ids are sent once, a comma as it is and any other joint encoded") {
  CHECK(url_of(batched("id", ","), {"1", "2", "3"}) == "https://api.example.net/x?id=1,2,3");
  CHECK(url_of(batched("id", "|"), {"1", "2"}) == "https://api.example.net/x?id=1%7C2");
  CHECK(url_of(batched("id", " "), {"1", "2"}) == "https://api.example.net/x?id=1%202");
  CHECK(url_of(batched("id", ", "), {"1", "2"}) == "https://api.example.net/x?id=1%2C%202");
  CHECK(url_of(batched("id", "&"), {"1", "2"}) == "https://api.example.net/x?id=1%262");
}

TEST_CASE("every id is asked for in exactly one request, in order, and none is larger than the batch") {
  for (const std::size_t batch : {1U, 2U, 7U, 100U, 1000U})
    for (const std::size_t ids : {0U, 1U, 2U, 6U, 7U, 8U, 99U, 100U, 101U, 1000U, 1001U}) {
      schedule::FanoutSpec fanout;
      fanout.batch = batch;
      std::size_t next = 0;
      for (std::size_t number = 0; number < request_count(fanout, ids); ++number) {
        const IdRange range = ids_of(fanout, ids, number);
        CHECK(range.first == next);
        CHECK((range.count > 0 && range.count <= batch));
        next += range.count;
      }
      CHECK(next == ids);
    }
  schedule::FanoutSpec fanout;
  fanout.batch = 2;
  constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max();
  CHECK(request_count(fanout, kMost) == kMost / 2 + 1);
}

TEST_CASE("a range of the list asks for its own ids alone") {
  const auto schedule = batched("id", ",");
  const auto ids = ids_from({"a", "b", "c", "d", "e"});
  const FanoutRequests requests(schedule);
  CHECK(requests.of(ids, {1, 3}).url.reveal() == "https://api.example.net/x?id=b,c,d");
  CHECK(requests.of(ids, {4, 1}).url.reveal() == "https://api.example.net/x?id=e");
}

TEST_CASE("all requests of a fan-out carry headers, limits and the CA file of the schedule") {
  auto schedule = one_each("https://a/users/{id}");
  schedule.fetch.headers = {{"authorization", {"Bearer ${KEY}", Secret("Bearer canary")}}};
  schedule.fetch.timeout = Millis(1234);
  schedule.fetch.max_bytes = {4321};
  schedule.fetch.ca_file = "ca.pem";
  schedule.fetch.display_url = "https://a/users/{id}";
  const FanoutRequests requests(schedule);
  const auto ids = ids_from({"7", "8"});
  for (const std::size_t at : {0U, 1U}) {
    const auto request = requests.of(ids, {at, 1});
    CHECK(header_of(request, "authorization") == "Bearer canary");
    CHECK(header_of(request, "accept") == "application/json");
    CHECK(header_of(request, "user-agent") == "prewarm/" PREWARM_VERSION);
    CHECK(request.timeout == Millis(1234));
    CHECK(request.max_bytes.count == 4321);
    CHECK(request.ca_file == "ca.pem");
    CHECK(request.display == "https://a/users/{id}");
    CHECK_FALSE(request.post);
  }
}

TEST_CASE("the ids are asked for with a URL and headers of their own, by the limits of fetch") {
  auto schedule = batched("id");
  schedule.fetch.method = schedule::Method::post;
  schedule.fetch.body = {"{}", Secret("{}")};
  schedule.fetch.body_is_json = true;
  schedule.fetch.query = {{"limit", {"100", Secret("100")}}};
  schedule.fetch.headers = {{"authorization", {"${API_KEY}", Secret("canary")}}};
  schedule.fetch.timeout = Millis(1234);
  schedule.fetch.max_bytes = {4321};
  schedule.fetch.retries = 0;
  schedule.fetch.ca_file = "ca.pem";
  schedule::UrlIds source;
  source.url = {"https://other.example/ids?of=${TEAM}", Secret("https://other.example/ids?of=7")};
  source.display_url = "https://other.example/ids";
  source.host = "other.example";
  source.headers = {{"x-key", {"${IDS_KEY}", Secret("k")}}};

  const auto request = build_request(schedule, source);
  CHECK(request.url.reveal() == "https://other.example/ids?of=7");
  CHECK(request.display == "https://other.example/ids");
  CHECK_FALSE(request.post);
  CHECK(request.body.empty());
  CHECK(request.headers.size() == 3);  // the credentials of `fetch` are for its own host
  CHECK(header_of(request, "x-key") == "k");
  CHECK(header_of(request, "accept") == "application/json");
  CHECK(request.timeout == Millis(1234));
  CHECK(request.max_bytes.count == 4321);
  CHECK(request.ca_file == "ca.pem");

  const auto fetch = id_fetch(schedule, source);
  Exchange exchange(fetch, request, kNow, kNow + Millis(5000));
  exchange.request(kNow);
  const Step step = exchange.answer(status_only(401), kNow, kWall, 0);
  CHECK(std::get<Error>(step).message == "401 from other.example");
  CHECK(std::get<Error>(step).remedy == "check ${IDS_KEY}");
}

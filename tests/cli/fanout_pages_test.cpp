// SPDX-License-Identifier: Apache-2.0
// Ids that come page by page: by Link headers, cursors and offsets. All of them, or none is asked for.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <functional>

#include "cli/fanout_world.hpp"
#include "prewarm/base/time_text.hpp"
#include "prewarm/envelope/envelope.hpp"

using namespace prewarm;
using namespace prewarm::test;
using testkit::Answer;
using testkit::clerk_user_id;
using testkit::UpstreamRequest;
using Strings = std::vector<std::string>;

namespace {

constexpr std::size_t kUsers = 7, kPage = 2;  // four pages
const std::string kSecret = "c4nary";         // of the list's URL, and in what names its pages

// The schedule's ids, with `pages` and a query that each page must keep.
std::string source(const FanoutWorld& world, const std::string& pages) {
  return R"({"url":")" + world.api.url("/v1/list?key=${LIST_KEY}") +
         R"(","pointer":"/ids","headers":{"authorization":"Bearer ${CLERK_SECRET_KEY}"},"pages":{)" + pages +
         "}}";
}
const std::string kLink = R"("by":"link")";
const std::string kCursor = R"("by":"cursor","param":"after","pointer":"/meta/next")";
const std::string kOffset = R"("by":"offset","param":"skip","step":2)";

// What stands behind "name=" in a query; "" if it is not there.
std::string parameter(const UpstreamRequest& request, const std::string& name) {
  const std::string query = "&" + request.query();
  const std::size_t at = query.find("&" + name + "=");
  if (at == std::string::npos) return "";
  const std::size_t from = at + name.size() + 2;
  return query.substr(from, query.find('&', from) - from);
}

// {"ids":[…]} of users [from, from + kPage), with more members.
std::string body(std::size_t from, const std::string& more = "") {
  Strings ids;
  for (std::size_t i = from; i < std::min(from + kPage, kUsers); ++i) ids.push_back(clerk_user_id(i));
  return R"({"ids":)" + json_list(ids) + more + "}";
}

std::string link_to(const std::string& target) { return "<" + target + R"(>; title="a, b; c"; rel="next")"; }

Answer by_link(const UpstreamRequest& request) {
  const std::string at = parameter(request, "from");
  const std::size_t from = at.empty() ? 0 : std::stoul(at);
  Answer answer = Answer::json(body(from)).header("Link", R"(</v1/list>; rel="first")");
  if (from + kPage >= kUsers) return answer;
  return answer.header("Link", link_to("?key=" + kSecret + "&from=" + std::to_string(from + kPage)));
}

Answer by_cursor(const UpstreamRequest& request) {
  const std::string at = parameter(request, "after");
  // "user 4/c4nary", encoded.
  const std::size_t from = at.empty() ? 0 : std::stoul(at.substr(at.find("%20") + 3));
  const bool last = from + kPage >= kUsers;
  const std::string next = last ? "null" : "\"user " + std::to_string(from + kPage) + "\\/" + kSecret + "\"";
  return Answer::json(body(from, R"(,"meta":{"next":)" + next + "}"));
}

Answer by_offset(const UpstreamRequest& request) {
  return Answer::json(body(std::stoul(parameter(request, "skip"))));
}

struct PagesWorld : FanoutWorld {
  explicit PagesWorld(const std::string& pages = kLink, std::vector<Change> changes = {}) {
    env["LIST_KEY"] = kSecret;
    api.people(kUsers);
    changes.emplace_back(kRedisSet, source(*this, pages));
    experts(changes);
  }
  void list(testkit::Upstream::Handler handler) { api.upstream().on("/v1/list", std::move(handler)); }
  std::vector<UpstreamRequest> asked() { return api.upstream().requests("/v1/list"); }
  Strings queries() {
    Strings all;
    for (const UpstreamRequest& request : asked()) all.push_back(request.query());
    return all;
  }
};

}  // namespace

TEST_CASE("the ids of all pages are asked for and written, whatever names the next page") {
  struct Case {
    std::string pages;
    testkit::Upstream::Handler handler;
    Strings queries;
  };
  const std::string key = "key=" + kSecret;
  for (const Case& each :
       {Case{kLink, by_link, {key, key + "&from=2", key + "&from=4", key + "&from=6"}},
        Case{kCursor,
             by_cursor,
             {key, key + "&after=user%202%2Fc4nary", key + "&after=user%204%2Fc4nary",
              key + "&after=user%206%2Fc4nary"}},
        Case{kOffset, by_offset, {key + "&skip=0", key + "&skip=2", key + "&skip=4", key + "&skip=6"}}}) {
    PagesWorld world(each.pages);
    world.list(each.handler);
    const auto outcome = world.once({"--log-level", "debug", "--log-format", "json"});
    INFO(each.pages << ": " << outcome.out << outcome.err);
    CHECK(outcome.exit_code == 0);
    CHECK(of_run(outcome, "outcome") == "verified");
    CHECK(of_run(outcome, "ids_requested") == "7");
    CHECK(of_run(outcome, "ids_returned") == "7");
    CHECK(of_run(outcome, "requests") == "5");  // four pages, and one batch of users
    CHECK(wrong_keys(world, kUsers, 0).empty());
    CHECK(world.api.requests() == 1);
    CHECK(world.queries() == each.queries);
    for (const UpstreamRequest& request : world.asked())
      CHECK(request.header("authorization") == "Bearer " + world.api.token());
    CHECK((outcome.out + outcome.err).find(kSecret) == std::string::npos);
    CHECK(members(outcome.err, "fetch.attempt", "url").size() == 5);
  }
}

TEST_CASE(
    "a list whose last page is full ends with an empty one by offset, and without it by link and cursor") {
  for (const auto& [pages, count] :
       std::vector<std::pair<std::string, std::size_t>>{{kLink, 2}, {kCursor, 2}, {kOffset, 3}}) {
    PagesWorld world(pages);
    world.list([&world](const UpstreamRequest& request) {
      const bool first = world.asked().size() < 2;
      std::string more = first ? R"(,"meta":{"next":5})" : R"(,"meta":{})";
      Answer answer = Answer::json(body(request.query().find("skip=4") != std::string::npos ? 99
                                        : first                                             ? 0
                                                                                            : 2,
                                        more));
      return first ? answer.header("Link", link_to("/v1/list?2")) : answer;
    });
    const auto outcome = world.once();
    INFO(pages << ": " << outcome.out << outcome.err);
    CHECK(outcome.exit_code == 0);
    CHECK(of_run(outcome, "ids_requested") == "4");
    CHECK(wrong_keys(world, 4, 0).empty());
    CHECK(world.asked().size() == count);
  }
}

TEST_CASE("empty pages in the middle are no end, and ids that come twice count once") {
  PagesWorld world;
  world.api.upstream().on("/v1/list",
                          {Answer::json(body(0)).header("Link", link_to("?2")),
                           Answer::json(R"({"ids":[]})").header("Link", link_to("?3")),
                           Answer::json(body(1)).header("Link", link_to("?4")), Answer::json(body(0))});
  const auto outcome = world.once();
  INFO(outcome.out << outcome.err);
  CHECK(outcome.exit_code == 0);
  CHECK(of_run(outcome, "ids_requested") == "3");
  CHECK(world.queries() == Strings{"key=" + kSecret, "2", "3", "4"});
}

TEST_CASE("each page has its own retries") {
  PagesWorld world(kLink, {{R"("timeout": "20s")", R"("timeout": "20s", "retries": 1)"}});
  const auto next = [](const std::string& target) { return link_to(target); };
  world.api.upstream().on("/v1/list",
                          {Answer::of(503), Answer::json(body(0)).header("Link", next("?2")), Answer::of(500),
                           Answer::json(body(2)).header("Link", next("?3")), Answer::json(body(4))});
  const auto outcome = world.once();
  INFO(outcome.out << outcome.err);
  CHECK(outcome.exit_code == 0);
  CHECK(of_run(outcome, "ids_requested") == "6");
  CHECK(of_run(outcome, "requests") == "6");
  CHECK(world.queries() == Strings{"key=" + kSecret, "key=" + kSecret, "2", "2", "3"});
}

TEST_CASE("a page that fails, or leads astray, fails the run before the first user is asked for") {
  struct Case {
    const char* name;
    std::string pages;
    std::vector<Answer> answers;
    std::string says;
    std::size_t asked;
  };
  PagesWorld world;
  const std::string other = world.upstream.url("/" + kSecret);
  const std::string self = world.api.url("/v1/list?key=" + kSecret);
  world.upstream.otherwise([](const UpstreamRequest&) { return Answer::json(body(0)); });
  const auto page = [](std::size_t from, const std::string& target) {
    return Answer::json(body(from)).header("Link", link_to(target));
  };
  const auto cursor = [](std::size_t from, const std::string& next) {
    return Answer::json(body(from, R"(,"meta":{"next":)" + next + "}"));
  };
  world.list(by_link);
  REQUIRE(world.once().exit_code == 0);
  const std::size_t users_asked = world.api.requests();
  world.api.people(kUsers, 1);
  for (const Case& each : {
           Case{"404", kLink, {page(0, "?2"), Answer::of(404)}, "page 2 of URL: 404 from 127.0.0.1", 2},
           Case{"500",
                kLink,
                {page(0, "?2"), page(2, "?3"), Answer::of(500)},
                "page 3 of URL: 500 from 127.0.0.1",
                3},
           Case{"cut",
                kLink,
                {page(0, "?2"), page(2, "?3").cut_body(6, testkit::Ending::reset)},
                "page 2 of URL: ",
                2},
           Case{"redirect", kLink, {page(0, "?2"), Answer::redirect(other)}, "page 2 of URL: 302", 2},
           Case{"not JSON", kLink, {page(0, "?2"), Answer::json(R"({"ids":["a")")}, "page 2 of URL: ", 2},
           Case{
               "no list", kLink, {page(0, "?2"), Answer::json("{}")}, "page 2 of URL: fanout.ids.pointer", 2},
           Case{"loop",
                kLink,
                {page(0, "?2"), page(2, self)},
                "page 2 of URL leads back to a page that came before it",
                2},
           Case{"another port",
                kLink,
                {page(0, "?2"), page(2, other)},
                "page 2 of URL names a next page with another",
                2},
           Case{"another host",
                kLink,
                {page(0, "//evil.example/v1/list")},
                "page 1 of URL names a next page with another",
                1},
           Case{"another scheme",
                kLink,
                {page(0, "https" + self.substr(4))},
                "page 1 of URL names a next page with another",
                1},
           Case{"a login",
                kLink,
                {page(0, "http://c4nary@" + self.substr(7))},
                "page 1 of URL names a next page with another",
                1},
           Case{"a blank",
                kLink,
                {page(0, "/c4nary x")},
                "page 1 of URL names a next page whose address cannot be",
                1},
           Case{"half a Link",
                kLink,
                {Answer::json(body(0)).header("Link", "<?c4nary>; rel=\"next")},
                "page 1 of URL has a Link header that cannot be read",
                1},
           Case{"two next pages",
                kLink,
                {page(0, "?2").header("Link", link_to("?3"))},
                "page 1 of URL names two next pages",
                1},
           Case{"a long Link",
                kLink,
                {page(0, "?2" + std::string(17'000, 'x'))},
                "page 1 of URL has Link headers of more",
                1},
           Case{"the same cursor",
                kCursor,
                {cursor(0, "\"c4nary\""), cursor(2, "\"c4nary\"")},
                "page 2 of URL leads back",
                2},
           Case{"no cursor",
                kCursor,
                {cursor(0, "1"), cursor(2, "true")},
                "page 2 of URL: at fanout.ids.pages.pointer",
                2},
           Case{"too large a step",
                kOffset,
                {Answer::json(body(0)), Answer::json(R"({"ids":["a","b","c"]})")},
                "page 2 of URL has 3 records, more than the \"step\" of 2",
                2},
           Case{"the same page again",
                kOffset,
                {Answer::json(body(0))},
                "page 2 of URL is the same as the page before",
                2},
       }) {
    world.experts({{kRedisSet, source(world, each.pages)}, kNoRetries});
    world.api.upstream().on("/v1/list", each.answers);
    const std::size_t before = world.asked().size();
    const auto outcome = world.once({"--log-level", "debug", "--log-format", "json"});
    INFO(each.name << ": " << outcome.out << outcome.err);
    CHECK(outcome.exit_code == 1);
    CHECK(of_run(outcome, "outcome") == "upstream_failed");
    CHECK(of_run(outcome, "code") == "PW524");
    const std::string says = changed(each.says, {{"URL", world.api.url("/v1/list")}});
    CHECK(of_run(outcome, "message").substr(0, says.size()) == says);
    CHECK_FALSE(of_run(outcome, "do").empty());
    CHECK(of_run(outcome, "attempts") == std::to_string(each.asked));
    CHECK(world.asked().size() == before + each.asked);
    CHECK((outcome.out + outcome.err).find(kSecret) == std::string::npos);
  }
  CHECK(world.upstream.requests().empty());
  CHECK(world.api.requests() == users_asked);
  CHECK(wrong_keys(world, kUsers, 0).empty());
}

TEST_CASE("a login that is refused on a later page is told as one") {
  PagesWorld world;
  world.api.upstream().on("/v1/list", {Answer::json(body(0)).header("Link", link_to("?2")), Answer::of(401)});
  const auto outcome = world.once();
  INFO(outcome.out << outcome.err);
  CHECK(of_run(outcome, "code") == "PW532");
  CHECK(of_run(outcome, "message").find("page 2 of ") == 0);
  CHECK(world.api.requests() == 0);
}

TEST_CASE("pages that hold no id at all are a failure") {
  PagesWorld world;
  world.api.upstream().on("/v1/list", {Answer::json(R"({"ids":[]})").header("Link", link_to("?2")),
                                       Answer::json(R"({"ids":[]})")});
  const auto outcome = world.once();
  INFO(outcome.out << outcome.err);
  CHECK(outcome.exit_code == 1);
  CHECK(of_run(outcome, "code") == "PW524");
  CHECK(world.asked().size() == 2);
}

TEST_CASE("a dry run and a check online walk the pages too, and write nothing") {
  PagesWorld world(kCursor);
  world.list(by_cursor);
  const auto outcome = world.once({"--dry-run"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.exit_code == 0);
  CHECK(of_run(outcome, "ids_requested") == "7");
  CHECK(world.asked().size() == 4);
  const auto check = world.prewarm({"check", "--online"});
  INFO(check.out << check.err);
  CHECK(check.exit_code == 0);
  CHECK(world.asked().size() == 8);
  CHECK(world.redis.command({"KEYS", "clerk-experts:*"}).items.empty());
}

TEST_CASE("the run's deadline holds over all pages") {
  PagesWorld world(
      kLink, {{R"("timeout": "2m")", R"("timeout": "1s")"}, {R"("timeout": "20s")", R"("timeout": "1s")"}});
  world.list([&world](const UpstreamRequest&) {
    return Answer::json(body(0))
        .header("Link", link_to("?" + std::to_string(world.asked().size() + 1)))
        .delay(std::chrono::milliseconds(150));
  });
  const auto outcome = world.once();
  INFO(outcome.out << outcome.err);
  CHECK(outcome.exit_code == 1);
  CHECK(of_run(outcome, "code") == "PW524");
  CHECK(of_run(outcome, "message").find("page ") == 0);
  CHECK(world.asked().size() > 2);
  CHECK(world.asked().size() < 10);
  CHECK(world.api.requests() == 0);
}

TEST_CASE("a stop ends a walk over pages, which counts those that came") {
  PagesWorld world;
  const auto never = std::make_shared<testkit::Gate>();
  world.api.upstream().on("/v1/list", {Answer::json(body(0)).header("Link", link_to("?2")),
                                       Answer::json(body(2)).header("Link", link_to("?3")),
                                       Answer::json(body(4)).wait_for(never)});
  testkit::Process process(world.command({"once", "clerk-experts", "--json"}));
  world.api.upstream().wait_for_request(3, "/v1/list");
  process.signal(SIGTERM);
  const auto outcome = process.wait();
  INFO(outcome.out << outcome.err);
  CHECK(outcome.exit_code == 143);
  CHECK(of_run(outcome, "outcome") == "cancelled");
  CHECK(of_run(outcome, "code") == "PW643");
  CHECK(of_run(outcome, "attempts") == "3");
  CHECK(world.api.requests() == 0);
}

TEST_CASE("--if-older-than looks at the ids of all pages") {
  PagesWorld world(kOffset);
  world.list(by_offset);
  REQUIRE(world.once().exit_code == 0);
  const std::string key = key_of(clerk_user_id(5));
  const std::string bytes = world.redis.value(key).value_or("");
  const auto opened = envelope::open(bytes);
  world.redis.command(
      {"SET", key,
       envelope::seal(2, opened.value().head.last_updated - std::chrono::hours(2), opened->payload),
       "KEEPTTL"});
  const auto outcome = world.once({"--if-older-than", "1h"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.exit_code == 0);
  CHECK(of_run(outcome, "ids_skipped") == "6");
  CHECK(of_run(outcome, "ids_requested") == "1");
  CHECK(world.redis.value(key) != bytes);
}

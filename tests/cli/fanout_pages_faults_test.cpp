// SPDX-License-Identifier: Apache-2.0
// Pages of ids that fail, lead astray or do not end: then no id is asked for, and every key stays as it was.
#include <catch2/catch_test_macros.hpp>
#include <csignal>

#include "cli/pages_world.hpp"

using namespace prewarm;
using namespace prewarm::test;
using testkit::Answer;
using testkit::UpstreamRequest;

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

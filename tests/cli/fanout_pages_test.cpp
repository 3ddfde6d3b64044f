// SPDX-License-Identifier: Apache-2.0
// Ids that come page by page: by Link headers, cursors and offsets.
#include <catch2/catch_test_macros.hpp>

#include "cli/pages_world.hpp"
#include "prewarm/base/time_text.hpp"
#include "prewarm/envelope/envelope.hpp"

using namespace prewarm;
using namespace prewarm::test;
using testkit::Answer;
using testkit::clerk_user_id;
using testkit::UpstreamRequest;
using Strings = std::vector<std::string>;

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

// SPDX-License-Identifier: Apache-2.0
#include "prewarm/base/json_walk.hpp"
#include "prewarm/base/time_text.hpp"
#include "prewarm/envelope/envelope.hpp"
#include "shape/shaping.hpp"

using namespace prewarm;
using namespace prewarm::testing;

namespace {

std::string element(std::string_view array, std::size_t index) {
  for (JsonWalk walk(array, 0); walk.next();)
    if (walk.count() == index + 1) return std::string(json_value(array, walk.value_at()));
  return "none";
}

}  // namespace

TEST_CASE("recent listens have the size, the items and the bytes of the manual") {
  const auto schedule = sample_schedule("recent-listens.jsonc");
  const auto shaped = shape_text(schedule, sample("listenbrainz-recent.json"));
  REQUIRE(shaped.ok());
  CHECK(shaped->payload.size() == 1332);
  CHECK(shaped->value_bytes == 1332);
  CHECK(shaped->items == 14U);
  CHECK(shaped->type == JsonType::array);
  CHECK_FALSE(shaped->empty);
  CHECK(
      element(shaped->payload, 0) ==
      R"({"artist":"Radiohead","title":"Weird Fishes/Arpeggi","album":"In Rainbows","listenedAt":1777640400})");
  CHECK(element(shaped->payload, 11).find(R"("album":null)") != std::string::npos);
  CHECK(shaped->keys == std::vector<std::string>{"recent-listens:production:v3"});

  const auto instant = *parse_instant("2026-05-01T13:00:19.187Z");
  std::vector<run::Entry> entries;
  const shape::Sealer sealer(*schedule, instant);
  sealer.seal(shaped->payload, shaped->keys, entries);
  REQUIRE(entries.size() == 1);
  CHECK(entries[0].value.size() == 1397);
  CHECK(entries[0].key == "recent-listens:production:v3");
  CHECK(entries[0].version == 3);
  CHECK(entries[0].instant == instant);
  CHECK(entries[0].ttl == std::chrono::hours(1));
  CHECK_FALSE(entries[0].alias);
  CHECK(envelope::open(entries[0].value.text())->payload == shaped->payload);
}

TEST_CASE("recent tracks of Last.fm are cut to ten and wrapped") {
  const auto shaped = shape_text(sample_schedule("lastfm-recent.jsonc"), sample("lastfm-recent.json"));
  REQUIRE(shaped.ok());
  CHECK(shaped->payload.size() == 2024);
  CHECK(shaped->items == 10U);
  CHECK(shaped->payload.view().starts_with(R"({"tracks":[{"artist":)"));
  CHECK(shaped->payload.view().ends_with("}]}"));
  const std::string_view list = shaped->payload.view().substr(10, shaped->value_bytes);
  CHECK(shaped->value_bytes == 2024 - 11);
  CHECK(element(list, 0).find(R"("playedAt":null,"nowPlaying":"true","source":"lastfm")") !=
        std::string::npos);
  CHECK(element(list, 9) != "none");
  CHECK(element(list, 10) == "none");
}

TEST_CASE("the smallest schedule stores the upstream's own bytes") {
  const auto schedule = schedule_of("");
  for (const char* name :
       {"listenbrainz-recent.json", "lastfm-recent.json", "wrong-shape.json", "clerk-users.json"})
    CHECK(outcome(shape_text(schedule, sample(name))) == trim_json(sample(name)));
}

TEST_CASE("the recorded bad answers are refused") {
  const auto schedule = sample_schedule("recent-listens.jsonc");
  const std::string body = sample("listenbrainz-recent.json");
  CHECK(outcome(shape_body(schedule, body_of(sample("html-error-page.html"), "text/html; charset=utf-8"))) ==
        "PW601 the body is not JSON (text/html, begins with '<'): found '<' instead of a value at byte 0");
  CHECK(outcome(shape_text(schedule, sample("truncated.json"))) ==
        "PW601 the body is not JSON: the text ends inside a string at byte 7020");
  CHECK(outcome(shape_text(schedule, sample("empty-listens.json"))) ==
        "PW610 guard.minItems 1: 0 items came");
  CHECK(outcome(shape_text(schedule, sample("wrong-shape.json"))) ==
        "PW610 guard.required \"/0/title\": null came");
  CHECK(outcome(shape_text(schedule, R"({"code":401,"error":"no such user"})")) ==
        "PW603 shape.select \"/payload/listens\" finds nothing: the body has no member \"payload\"");

  const auto tracks = sample_schedule("lastfm-recent.jsonc");
  CHECK(outcome(shape_text(tracks, R"({"error":6,"message":"User not found"})")) ==
        "PW523 fetch.expect \"/error\": a value of type number came, null is wanted");
  std::string other_user = sample("lastfm-recent.json");
  const auto user = other_user.find("\"example_listener\"");
  REQUIRE(user != std::string::npos);
  CHECK(
      outcome(shape_text(tracks, other_user.replace(user, 18, "\"someone_else\""))) ==
      "PW523 fetch.expect \"/recenttracks/@attr/user\": another string came, \"example_listener\" is wanted");
}

TEST_CASE("an answer cut at any byte is refused") {
  const auto schedule = sample_schedule("recent-listens.jsonc");
  const std::string body = std::string(trim_json(sample("listenbrainz-recent.json")));
  shape::Shaper shaper;
  run::Body cut = body_of("");
  cut.bytes.reserve(body.size() + kJsonPadding);
  for (std::size_t length = 0; length < body.size(); ++length) {
    cut.bytes = body.substr(0, length);
    const auto shaped = shaper.shape(*schedule, cut);
    REQUIRE_FALSE(shaped.ok());
    REQUIRE(shaped.error().kind == ErrorKind::parse);
  }
}

// SPDX-License-Identifier: Apache-2.0
#include "prewarm/base/time_text.hpp"
#include "prewarm/envelope/envelope.hpp"
#include "shape/shaping.hpp"

using namespace prewarm;
using namespace prewarm::testing;

namespace {

schedule::SchedulePtr keyed(const std::string& keys) {
  return schedule_of(R"("shape": {"pick": {"id": "/id"}})", "", "\"keys\": [" + keys + "]");
}
std::string keys_of(const std::string& keys, const std::string& body) {
  const auto shaped = shape_text(keyed(keys), body);
  if (!shaped) return outcome(shaped);
  std::string out;
  for (const std::string& key : shaped->keys) out += key + " ";
  return out + std::to_string(shaped->aliases_skipped);
}

const char* const kById = R"("user:{env}:{/id}:v{version}")";
const char* const kBoth = R"("user:{env}:{/id}:v{version}", "user:{env}:name:{/name}:v{version}")";

}  // namespace

TEST_CASE("keys are filled from the record before it is shaped") {
  CHECK(keys_of(kById, R"({"id":"u1"})") == "user:production:u1:v1 0");
  CHECK(keys_of(kBoth, R"({"id":"u1","name":"amara"})") ==
        "user:production:u1:v1 user:production:name:amara:v1 0");
  CHECK(keys_of(R"("{name}:{env}:{/a/0/b}:v{version}")", R"({"a":[{"b":"x"}]})") == "news:production:x:v1 0");
  CHECK(keys_of(kById, R"({"id":"a","id":"b"})") == "user:production:a:v1 0");
}

TEST_CASE("text in a key is percent-encoded, numbers and booleans are their bytes") {
  CHECK(keys_of(kById, R"({"id":"a:b/{é}*"})") == "user:production:a%3Ab%2F%7B%C3%A9%7D%2A:v1 0");
  CHECK(keys_of(kById, R"({"id":"\u0000"})") == "user:production:%00:v1 0");
  CHECK(keys_of(kById, R"({"id":"\ud83c\udfb5"})") == "user:production:%F0%9F%8E%B5:v1 0");
  CHECK(keys_of(kById, R"({"id":1.50e2})") == "user:production:1.50e2:v1 0");
  CHECK(keys_of(kById, R"({"id":false})") == "user:production:false:v1 0");
}

TEST_CASE("a key that cannot be filled is refused, an alias is left out and counted") {
  for (const char* id : {R"({})", R"({"id":null})", R"({"id":""})", R"({"id":"\ud800"})", R"({"id":[1]})",
                         R"({"id":{"a":1}})", R"([1])"}) {
    INFO(id);
    CHECK(keys_of(kById, id).starts_with("PW605 "));
  }
  CHECK(keys_of(kById, "{\"id\":\"" + std::string(600, 'x') + "\"}").starts_with("PW605 "));
  for (const char* name : {"", R"(,"name":null)", R"(,"name":"")", R"(,"name":"\udc00")", R"(,"name":[])"}) {
    INFO(name);
    CHECK(keys_of(kBoth, R"({"id":"u1")" + std::string(name) + "}") == "user:production:u1:v1 1");
  }
}

TEST_CASE("two templates that give one key are refused") {
  schedule::Schedule schedule = *keyed(kById);  // the loader takes no two templates that clash
  for (const char* text : {"user:{env}:{/name}:v{version}", "user:{env}:{/nick}:v{version}"})
    schedule.store.keys.push_back(std::get<schedule::KeyTemplate>(schedule::KeyTemplate::parse(text)));
  const auto shaped = [&](const std::string& body) { return shape::Shaper().shape(schedule, body_of(body)); };
  CHECK(shaped(R"({"id":"a","name":"b","nick":"c"})")->keys.size() == 3);
  CHECK(outcome(shaped(R"({"id":"a","name":"b","nick":"a"})")) ==
        "PW606 two templates of store.keys give one key, user:production:a:v1; the second is "
        "user:{env}:{/nick}:v{version}");
}

TEST_CASE("an entry a key is sealed with the run's token, the same bytes for all") {
  const auto schedule = keyed(kBoth);
  const auto shaped = shape_text(schedule, R"({"id":"u1","name":"amara"})");
  const auto instant = *parse_instant("2026-05-01T13:00:19.187Z");
  std::vector<run::Entry> entries;
  const shape::Sealer sealer(*schedule, instant);
  sealer.seal(shaped->payload, shaped->keys, entries);
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].key == "user:production:u1:v1");
  CHECK_FALSE(entries[0].alias);
  CHECK(entries[1].key == "user:production:name:amara:v1");
  CHECK(entries[1].alias);
  CHECK(entries[1].value == entries[0].value.text());
  CHECK(entries[0].value ==
        R"({"version":1,"lastUpdated":"2026-05-01T13:00:19.187Z","payload":{"id":"u1"}})");
  CHECK(entries[0].ttl == schedule->store.ttl);
}

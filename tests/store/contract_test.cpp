// SPDX-License-Identifier: Apache-2.0
// What every store keeps, whatever it is made of (PROMISES 2, 4, 6): the same suite over each.
#include <array>
#include <atomic>
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <thread>

#include "store/redis_world.hpp"
#include "store/sqlite_world.hpp"

using namespace prewarm;
using namespace prewarm::store;
using Answer = run::ReadBack::Answer;
using FoundKind = run::Found::Kind;

#define STORES SqliteWorld, RedisWorld, ScriptWorld

namespace {

const std::string kKey = "recent-listens:test:v3";

struct FenceRow {
  const char* name;
  std::int64_t version;     // of what is there; 0: `bytes` as they are
  std::int64_t instant_ms;  // from the store's now
  std::string bytes{};
  std::int64_t ours_ms = 0;
  Answer answer = Answer::written;
};

std::string head_with(const std::string& version, const std::string& instant) {
  return "{\"version\":" + version + ",\"lastUpdated\":\"" + instant + "\",\"payload\":[]}";
}

// PROMISES 4, and the heads of 11.E26.
std::vector<FenceRow> fence_rows() {
  const auto sealed = [](const char* name, std::int64_t version, std::int64_t instant_ms,
                         std::int64_t ours_ms,
                         Answer answer) { return FenceRow{name, version, instant_ms, "", ours_ms, answer}; };
  const auto bytes = [](const char* name, std::string text) { return FenceRow{name, 0, 0, std::move(text)}; };
  return {
      sealed("same version, earlier instant", 3, -1000, 0, Answer::written),
      sealed("same token", 3, -1000, -1000, Answer::written),
      sealed("same version, a millisecond later", 3, -999, -1000, Answer::superseded),
      sealed("same version, later instant", 3, -1000, -2000, Answer::superseded),
      sealed("same version, 55 s ahead of store time", 3, 55'000, 0, Answer::superseded),
      sealed("same version, 65 s ahead of store time", 3, 65'000, 0, Answer::written),
      sealed("same version, two hours ahead", 3, 7'200'000, 0, Answer::written),
      sealed("higher version, earlier instant", 4, -100'000, 0, Answer::superseded),
      sealed("higher version with more digits", 10, -100'000, 0, Answer::superseded),
      sealed("higher version, 65 s ahead", 4, 65'000, 0, Answer::written),
      sealed("lower version, later instant", 2, 1000, -1000, Answer::written),
      sealed("our instant is older than D + U, over an older value", 3, -200'000, -42'000, Answer::expired),
      sealed("our instant is older than D + U, over a later value", 3, -1000, -42'000, Answer::expired),
      bytes("legacy: a bare array", "[]"),
      bytes("legacy: a bare object", R"({"listens":[]})"),
      bytes("foreign: not JSON", "\x1f\x8b\x08 gzip"),
      bytes("empty text", ""),
      bytes("instant in the year 9999", head_with("3", "9999-12-31T23:59:59.999Z")),
      bytes("higher version in the year 9999", head_with("999999999", "9999-12-31T23:59:59.999Z")),
      bytes("version 0", head_with("0", "2020-01-01T00:00:00.000Z")),
      bytes("version 04", head_with("04", "2020-01-01T00:00:00.000Z")),
      bytes("version of 10 digits", head_with("1000000000", "2020-01-01T00:00:00.000Z")),
      bytes("version 2^53", head_with("9007199254740992", "2020-01-01T00:00:00.000Z")),
      bytes("version as text", head_with("\"4\"", "2020-01-01T00:00:00.000Z")),
      bytes("version -4", head_with("-4", "2020-01-01T00:00:00.000Z")),
      bytes("instant of 23 characters", head_with("4", "2020-01-01T00:00:00.00Z")),
      bytes("instant of 25 characters", head_with("4", "2020-01-01T00:00:00.0000Z")),
      bytes("instant with an offset", head_with("4", "2020-01-01T00:00:00+00:00")),
      bytes("impossible date", head_with("4", "2021-02-29T00:00:00.000Z")),
      bytes("month 13", head_with("4", "2021-13-01T00:00:00.000Z")),
      bytes("day 0", head_with("4", "2021-12-00T00:00:00.000Z")),
      bytes("hour 24", head_with("4", "2021-12-01T24:00:00.000Z")),
      bytes("second 60", head_with("4", "2016-12-31T23:59:60.000Z")),
      bytes("a blank in the head", R"({"version": 4,"lastUpdated":"2020-01-01T00:00:00.000Z","payload":[]})"),
      bytes("members in another order",
            R"({"lastUpdated":"2020-01-01T00:00:00.000Z","version":4,"payload":[]})"),
      bytes("a head cut short", R"({"version":4,"lastUpdated":"2020-01-01T00:00:00.000Z","paylo)"),
  };
}

}  // namespace

TEMPLATE_TEST_CASE("the fence lets a token pass or not as the value at the key says", "[contract]", STORES) {
  TestType world;
  const auto store = world.store();
  sure(store->probe(world.soon()));
  for (const FenceRow& row : fence_rows()) {
    DYNAMIC_SECTION(row.name) {
      const WallTime now = sure(store->time(world.soon()));
      const std::string there = row.version == 0
                                    ? row.bytes
                                    : envelope::seal(row.version, now + Millis(row.instant_ms), "[\"old\"]");
      world.plant(kKey, there, std::chrono::hours(1));
      const auto entry = entry_at(now + Millis(row.ours_ms));
      const auto answer = write_one(*store, entry, world.soon());
      REQUIRE_FALSE(answer.error);
      CHECK(answer.answer == row.answer);
      CHECK(answer.old_head == there.substr(0, 80));
      CHECK(answer.old_length == static_cast<std::int64_t>(there.size()));
      const std::string expected = row.answer == Answer::written ? entry.value.text() : there;
      CHECK(answer.found.kind == FoundKind::text);
      CHECK(answer.same == (row.answer == Answer::written));
      CHECK((answer.same ? entry.value.text() : answer.found.bytes) == expected);
      CHECK(answer.found.length == expected.size());
      CHECK(world.value(kKey) == expected);
    }
  }
}

TEMPLATE_TEST_CASE("in a window of several keys each is let pass or not as its own value says", "[contract]",
                   STORES) {
  TestType world;
  const auto store = world.store();
  sure(store->probe(world.soon()));
  const WallTime now = sure(store->time(world.soon()));
  const auto rows = fence_rows();
  std::vector<std::string> there;
  std::vector<run::Entry> entries;
  for (const FenceRow& row : rows) {
    there.push_back(row.version == 0
                        ? row.bytes
                        : envelope::seal(row.version, now + Millis(row.instant_ms), "[\"old\"]"));
    entries.push_back(entry_at(now + Millis(row.ours_ms)));
    entries.back().key = "many:test:" + std::to_string(entries.size()) + ":v3";
    world.plant(entries.back().key, there.back(), std::chrono::hours(1));
  }
  REQUIRE(entries.size() < 60);  // with the two below one window
  for (const char* key : {"absent:test:v3", "list:test:v3"}) {
    entries.push_back(entry_at(now));
    entries.back().key = key;
  }
  world.plant_other_type("list:test:v3");
  const auto answers = store->write(entries, kMaxAge, world.soon());
  REQUIRE(answers.size() == entries.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CAPTURE(rows[i].name);
    const bool written = rows[i].answer == Answer::written;
    CHECK(answers[i].answer == rows[i].answer);
    CHECK(answers[i].old_head == there[i].substr(0, 80));
    CHECK(answers[i].old_length == static_cast<std::int64_t>(there[i].size()));
    CHECK(answers[i].same == written);
    CHECK(answers[i].found.length == (written ? entries[i].value.text() : there[i]).size());
    CHECK(answers[i].found.bytes == (written ? "" : there[i]));
    CHECK(world.value(entries[i].key) == (written ? entries[i].value.text() : there[i]));
    const auto ttl = world.ttl(entries[i].key);
    CHECK((ttl && *ttl > std::chrono::minutes(written ? 9 : 50) &&
           *ttl <= std::chrono::minutes(written ? 10 : 60)));
  }
  CHECK(answers[rows.size()].answer == Answer::written);
  CHECK(answers[rows.size()].old_length == 0);
  CHECK(answers[rows.size()].same);
  CHECK(answers[rows.size() + 1].answer == Answer::written);
  CHECK(answers[rows.size() + 1].old_length == -1);
  CHECK(answers[rows.size() + 1].same);
}

TEMPLATE_TEST_CASE("a key that holds nothing takes the write, with its TTL in the same step", "[contract]",
                   STORES) {
  TestType world;
  const auto store = world.store();
  const auto entry = entry_at(sure(store->time(world.soon())));
  const auto answer = write_one(*store, entry, world.soon());
  CHECK(answer.answer == Answer::written);
  CHECK(answer.old_head.empty());
  CHECK(answer.old_length == 0);
  CHECK(answer.same);
  REQUIRE(world.ttl(entry.key));
  CHECK(*world.ttl(entry.key) <= entry.ttl);
  CHECK(*world.ttl(entry.key) > entry.ttl - std::chrono::seconds(20));
}

TEMPLATE_TEST_CASE("a value that has expired counts as nothing", "[contract]", STORES) {
  TestType world;
  const auto store = world.store();
  const WallTime now = sure(store->time(world.soon()));
  world.plant(kKey, envelope::seal(9, now, "[]"), Millis(1));
  while (sure(store->read(kKey, 10, false, world.soon())).kind != FoundKind::absent) {
  }
  const auto answer = write_one(*store, entry_at(now), world.soon());
  CHECK(answer.answer == Answer::written);
  CHECK(answer.old_length == 0);
}

TEMPLATE_TEST_CASE("a value of another type is replaced and told by its length of -1", "[contract]", STORES) {
  TestType world;
  const auto store = world.store();
  world.plant_other_type(kKey);
  CHECK(sure(store->read(kKey, 100, false, world.soon())).kind == FoundKind::other_type);
  const auto entry = entry_at(sure(store->time(world.soon())));
  const auto answer = write_one(*store, entry, world.soon());
  CHECK(answer.answer == Answer::written);
  CHECK(answer.old_length == -1);
  CHECK(answer.old_head.empty());
  CHECK(answer.same);
}

TEMPLATE_TEST_CASE("an expired write says so over a value of another type too", "[contract]", STORES) {
  TestType world;
  const auto store = world.store();
  world.plant_other_type(kKey);
  const auto entry = entry_at(sure(store->time(world.soon())) - kMaxAge - std::chrono::seconds(5));
  const auto answer = write_one(*store, entry, world.soon());
  CHECK(answer.answer == Answer::expired);
  CHECK(answer.found.kind == FoundKind::other_type);
}

TEMPLATE_TEST_CASE("a window answers each of its keys in order", "[contract]", STORES) {
  TestType world;
  const auto store = world.store();
  sure(store->probe(world.soon()));
  const WallTime now = sure(store->time(world.soon()));
  std::vector<run::Entry> entries;
  for (int i = 0; i < 200; ++i) {
    auto entry = entry_at(now, 3, "[" + std::to_string(i) + "]");
    entry.key = "many:test:" + std::to_string(i) + ":v3";
    entries.push_back(std::move(entry));
  }
  world.plant(entries[1].key, envelope::seal(4, now, "[]"));
  world.plant_other_type(entries[70].key);
  world.plant(entries[199].key, "[]");
  const auto answers = store->write(entries, kMaxAge, world.soon());
  REQUIRE(answers.size() == entries.size());
  for (std::size_t i = 0; i < answers.size(); ++i) {
    CHECK(answers[i].answer == (i == 1 ? Answer::superseded : Answer::written));
    CHECK(answers[i].old_length == (i == 70 ? -1 : i == 199 ? 2 : i == 1 ? 67 : 0));
    CHECK((answers[i].same) == (i != 1));
  }
}

TEMPLATE_TEST_CASE("an empty window is answered with nothing", "[contract]", STORES) {
  TestType world;
  CHECK(world.store()->write({}, kMaxAge, world.soon()).empty());
}

TEMPLATE_TEST_CASE("what a window writes twice is decided in order", "[contract]", STORES) {
  TestType world;
  const auto store = world.store();
  sure(store->probe(world.soon()));
  const WallTime now = sure(store->time(world.soon()));
  const std::array entries{entry_at(now), entry_at(now - Millis(1)), entry_at(now + Millis(1))};
  const auto answers = store->write(entries, kMaxAge, world.soon());
  REQUIRE(answers.size() == 3);
  CHECK(answers[0].answer == Answer::written);
  CHECK(answers[1].answer == Answer::superseded);
  CHECK(answers[2].answer == Answer::written);
  CHECK(answers[2].old_head == entries[0].value.text().substr(0, 80));
}

TEMPLATE_TEST_CASE("values come back byte for byte, whatever is in them", "[contract]", STORES) {
  TestType world;
  const auto store = world.store();
  const WallTime now = sure(store->time(world.soon()));
  std::string all_bytes = "\"";
  for (int i = 0; i < 256; ++i) all_bytes += static_cast<char>(i);
  for (const std::string& payload :
       {std::string("null"), all_bytes, std::string(1 << 20, 'x'), std::string((3 << 20) + 1, '\n'),
        std::string("\"\r\n$-1\r\n*1\r\n\"")}) {
    const auto entry = entry_at(now, 3, payload);
    const auto answer = write_one(*store, entry, world.soon());
    REQUIRE(answer.answer == Answer::written);
    CHECK((answer.same));
    CHECK((world.value(kKey) == entry.value));
    const auto found = sure(store->read(kKey, entry.value.size(), true, world.soon()));
    CHECK((found.bytes == entry.value));
  }
}

TEMPLATE_TEST_CASE("a read is cut at its cap and says the whole length and what is left of the TTL",
                   "[contract]", STORES) {
  TestType world;
  const auto store = world.store();
  CHECK(sure(store->read(kKey, 10, true, world.soon())).kind == FoundKind::absent);
  world.plant(kKey, "0123456789", std::chrono::minutes(5));
  auto found = sure(store->read(kKey, 4, true, world.soon()));
  CHECK(found.kind == FoundKind::text);
  CHECK(found.bytes == "0123");
  CHECK(found.length == 10);
  REQUIRE(found.ttl);
  CHECK(*found.ttl <= std::chrono::minutes(5));
  CHECK(*found.ttl > std::chrono::minutes(4));
  found = sure(store->read(kKey, 10, false, world.soon()));
  CHECK(found.bytes == "0123456789");
  CHECK_FALSE(found.ttl);
  CHECK(sure(store->read(kKey, 0, false, world.soon())).length == 10);
  CHECK(sure(store->read(kKey, 0, false, world.soon())).bytes.empty());
}

TEMPLATE_TEST_CASE("records are kept, replaced and forgotten apart from values", "[contract]", STORES) {
  TestType world;
  const auto store = world.store();
  const std::string key = "prewarm:test:schedule:recent-listens:v3";
  CHECK_FALSE(sure(store->get_record(key, world.soon())));
  sure(store->put_record(key, "{\"ledger\":1}", std::chrono::hours(1), world.soon()));
  CHECK(sure(store->get_record(key, world.soon())) == "{\"ledger\":1}");
  sure(store->put_record(key, "{}", std::chrono::hours(1), world.soon()));
  CHECK(sure(store->get_record(key, world.soon())) == "{}");
  CHECK(sure(world.store()->get_record(key, world.soon())) == "{}");
  sure(store->put_record(key, "{}", Millis(1), world.soon()));
  while (sure(store->get_record(key, world.soon()))) {
  }
}

TEMPLATE_TEST_CASE("the probe proves the order of writes, as often as asked, and leaves a key that ends",
                   "[contract]", STORES) {
  TestType world;
  const auto store = world.store();
  sure(store->probe(world.soon()));
  sure(store->probe(world.soon()));
  REQUIRE(world.ttl("prewarm:test:probe:worker-1"));
  CHECK(*world.ttl("prewarm:test:probe:worker-1") <= std::chrono::minutes(1));
  store->close();
  sure(store->probe(world.soon()));
}

TEMPLATE_TEST_CASE("store time is close to the host's where they are one machine", "[contract]", STORES) {
  TestType world;
  const auto store = world.store();
  const auto difference = sure(store->time(world.soon())) - world.clock().wall_now();
  CHECK(std::chrono::abs(difference) < std::chrono::seconds(2));
}

TEMPLATE_TEST_CASE("after the deadline nothing is sent", "[contract]", STORES) {
  TestType world;
  const auto store = world.store();
  sure(store->probe(world.soon()));
  const BootTime past = world.clock().boot_now() - Millis(1);
  const auto answer = write_one(*store, entry_at(sure(store->time(world.soon()))), past);
  CHECK(answer.answer == Answer::failed);
  REQUIRE(answer.error);
  CHECK(answer.error->kind == ErrorKind::store_deadline);
  CHECK(store->read(kKey, 10, false, past).error().kind == ErrorKind::store_deadline);
  CHECK(store->put_record("prewarm:test:x", "{}", Millis(1000), past).error().kind ==
        ErrorKind::store_deadline);
  CHECK_FALSE(world.value(kKey));
}

TEMPLATE_TEST_CASE("no key of a window goes back while four workers write the same window", "[contract]",
                   STORES) {
  TestType world;
  sure(world.store()->probe(world.soon()));
  constexpr int kKeys = 8;
  std::vector<std::unique_ptr<Store>> stores;
  for (int i = 0; i < 5; ++i) {
    stores.push_back(world.store());
    sure(stores.back()->probe(world.soon()));
  }
  const WallTime start = sure(stores[0]->time(world.soon()));
  std::atomic<int> writing{4}, failed{0}, superseded{0};
  const auto write_all = [&](Store& store, std::uint64_t seed) {
    for (int i = 0; i < TestType::kWritesPerWriter / 2; ++i) {
      std::vector<run::Entry> entries;
      for (int key = 0; key < kKeys; ++key) {
        seed = seed * 6364136223846793005U + 1442695040888963407U;
        entries.push_back(entry_at(start + Millis(10 * i) - Millis((seed >> 33) % 1000)));
        entries.back().key = "many:test:" + std::to_string(key) + ":v3";
      }
      for (const auto& answer : store.write(entries, kMaxAge, world.clock().boot_now() + kAmple)) {
        if (answer.answer == Answer::superseded) ++superseded;
        if (answer.answer == Answer::failed || answer.answer == Answer::expired) ++failed;
      }
    }
    --writing;
  };
  std::vector<std::thread> writers;
  for (std::size_t i = 0; i < 4; ++i) writers.emplace_back(write_all, std::ref(*stores[i]), i + 1);
  std::array<WallTime, kKeys> last{};
  int seen = 0, back = 0;
  for (std::size_t key = 0; writing > 0; key = (key + 1) % kKeys) {
    const auto found = stores[4]->read("many:test:" + std::to_string(key) + ":v3", 100, false,
                                       world.clock().boot_now() + kAmple);
    if (!found.ok() || found->kind == FoundKind::absent) continue;
    const auto head = envelope::read_head(found->bytes);
    if (!head || head->last_updated < last[key]) ++back;
    if (head) last[key] = head->last_updated;
    ++seen;
  }
  for (std::thread& writer : writers) writer.join();
  CHECK(back == 0);
  CHECK(failed == 0);
  CHECK(superseded > 0);
  CHECK(seen > 0);
}

TEMPLATE_TEST_CASE("a reader never sees a value go back while four workers write", "[contract]", STORES) {
  TestType world;
  sure(world.store()->probe(world.soon()));
  std::vector<std::unique_ptr<Store>> stores;
  for (int i = 0; i < 5; ++i) stores.push_back(world.store());
  const WallTime start = sure(stores[0]->time(world.soon()));
  std::atomic<int> writing{4}, failed{0}, superseded{0};
  const auto write_all = [&](Store& store, std::uint64_t seed) {
    for (int i = 0; i < TestType::kWritesPerWriter; ++i) {
      // Instants out of order, up to a second apart.
      seed = seed * 6364136223846793005U + 1442695040888963407U;
      const auto entry = entry_at(start + Millis(10 * i) - Millis((seed >> 33) % 1000));
      const auto answer = write_one(store, entry, world.clock().boot_now() + kAmple);
      if (answer.answer == Answer::superseded) ++superseded;
      if (answer.answer == Answer::failed || answer.answer == Answer::expired) ++failed;
    }
    --writing;
  };
  std::vector<std::thread> writers;
  for (std::size_t i = 0; i < 4; ++i) writers.emplace_back(write_all, std::ref(*stores[i]), i + 1);
  int seen = 0, back = 0;
  WallTime last;
  while (writing > 0) {
    const auto found = stores[4]->read(kKey, 100, false, world.clock().boot_now() + kAmple);
    if (!found.ok() || found->kind == FoundKind::absent) continue;
    const auto head = envelope::read_head(found->bytes);
    if (!head || head->last_updated < last) ++back;
    if (head) last = head->last_updated;
    ++seen;
  }
  for (std::thread& writer : writers) writer.join();
  CHECK(back == 0);
  CHECK(failed == 0);
  CHECK(superseded > 0);
  CHECK(seen > 0);
}

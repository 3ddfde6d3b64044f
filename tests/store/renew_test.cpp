// SPDX-License-Identifier: Apache-2.0
// Renewal in place, the same over each store (PROMISES 2, renew): only what is exactly there is renewed.
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include "prewarm/base/hash.hpp"
#include "prewarm/verify/verify.hpp"
#include "store/redis_world.hpp"
#include "store/sqlite_world.hpp"

using namespace prewarm;
using namespace prewarm::store;
using Answer = run::ReadBack::Answer;
using verify::Judge;

#define STORES SqliteWorld, RedisWorld

namespace {

const std::string kKey = "recent-listens:test:v3";
const std::string kPayload = "[1,2,3]";
constexpr Millis kTtl{600'000};

run::Renewal renewal_of(WallTime old_instant, WallTime instant, const std::string& key = kKey) {
  const std::string old_head = envelope::head(3, old_instant);
  return {key,
          old_head,
          old_head.size() + kPayload.size() + 1,
          envelope::head(3, instant),
          instant,
          kTtl,
          sha256_hex(kPayload)};
}

run::ReadBack renew_one(World& world, Store& store, const run::Renewal& renewal) {
  auto answers = store.renew({&renewal, 1}, kMaxAge, world.soon());
  REQUIRE(answers.size() == 1);
  return std::move(answers.front());
}

// A store with our value of a minute ago.
template <class Kind>
struct Renewing {
  Kind world;
  std::unique_ptr<Store> store = world.store();
  WallTime now = sure(store->time(world.soon()));
  WallTime before = now - Millis(60'000);

  Renewing() { world.plant(kKey, envelope::seal(3, before, kPayload), Millis(30'000)); }
  run::Renewal renewal() const { return renewal_of(before, now); }
  run::Renewal life(Millis ttl) const {
    run::Renewal longer = renewal();
    longer.new_head.clear();
    longer.ttl = ttl;
    return longer;
  }
  Answer renew(const run::Renewal& renewal) { return renew_one(world, *store, renewal).answer; }
  // Nothing of it may have changed.
  void check_untouched(const std::string& bytes) {
    CHECK(world.value(kKey) == bytes);
    CHECK(world.ttl(kKey).value_or(Millis(0)) <= Millis(30'000));
  }
};

}  // namespace

TEMPLATE_TEST_CASE("a renewal gives the value a new head and a new life", "[renew]", STORES) {
  Renewing<TestType> made;
  const auto answer = renew_one(made.world, *made.store, made.renewal());
  CHECK(answer.answer == Answer::written);
  CHECK(made.world.value(kKey) == envelope::seal(3, made.now, kPayload));
  CHECK(made.world.ttl(kKey).value() > Millis(590'000));
  CHECK(made.world.ttl(kKey).value() <= kTtl);
  const auto verdict = Judge::judge(made.renewal(), answer);
  CHECK(verdict.proof.has_value());
  CHECK_FALSE(verdict.changed);
}

TEMPLATE_TEST_CASE("a key that is gone gets no head without a payload", "[renew]", STORES) {
  Renewing<TestType> made;
  const std::string other = "other:test:v3";
  CHECK(made.renew(renewal_of(made.before, made.now, other)) == Answer::changed);
  CHECK_FALSE(made.world.value(other).has_value());
  made.world.plant(kKey, "", Millis(30'000));
  CHECK(made.renew(made.renewal()) == Answer::changed);
}

TEMPLATE_TEST_CASE("another head, another length or another type is left alone", "[renew]", STORES) {
  Renewing<TestType> made;
  for (const std::string& bytes :
       {envelope::seal(3, made.before + Millis(1), kPayload), envelope::seal(4, made.before, kPayload),
        envelope::seal(3, made.before, "[1,2,34]"), envelope::seal(3, made.before, "[1,2]"),
        std::string("[]"), envelope::head(3, made.before)}) {
    INFO(bytes);
    made.world.plant(kKey, bytes, Millis(30'000));
    for (const auto& renewal : {made.renewal(), made.life(kTtl)}) {
      const auto answer = renew_one(made.world, *made.store, renewal);
      CHECK(answer.answer == Answer::changed);
      CHECK(Judge::judge(renewal, answer).changed);
    }
    made.check_untouched(bytes);
  }
  const std::string other = "other:test:v3";
  made.world.plant_other_type(other);
  CHECK(made.renew(renewal_of(made.before, made.now, other)) == Answer::changed);
}

TEMPLATE_TEST_CASE("a renewal that comes too late is refused", "[renew]", STORES) {
  Renewing<TestType> made;
  const WallTime late = made.now - kMaxAge - Millis(2000);
  const auto renewal = renewal_of(made.before, late);
  const auto answer = renew_one(made.world, *made.store, renewal);
  CHECK(answer.answer == Answer::expired);
  CHECK(Judge::judge(renewal, answer).error->kind == ErrorKind::store_deadline);
  made.check_untouched(envelope::seal(3, made.before, kPayload));
}

TEMPLATE_TEST_CASE("a life alone grows, never shrinks, and moves no instant", "[renew]", STORES) {
  Renewing<TestType> made;
  const std::string value = envelope::seal(3, made.before, kPayload);
  CHECK(made.renew(made.life(Millis(90'000))) == Answer::written);
  CHECK(made.world.value(kKey) == value);
  CHECK(made.world.ttl(kKey).value() > Millis(80'000));
  CHECK(made.renew(made.life(Millis(10'000))) == Answer::written);
  CHECK(made.world.ttl(kKey).value() > Millis(80'000));
}

TEMPLATE_TEST_CASE("each renewal of a window has its own answer", "[renew]", STORES) {
  Renewing<TestType> made;
  std::vector<run::Renewal> window;
  for (std::size_t i = 0; i < kMaxWindowEntries; ++i) {
    const std::string key = "news:test:" + std::to_string(i) + ":v3";
    if (i % 3 != 0) made.world.plant(key, envelope::seal(3, made.before, kPayload), Millis(30'000));
    window.push_back(renewal_of(made.before, made.now, key));
  }
  const auto answers = made.store->renew(window, kMaxAge, made.world.soon());
  REQUIRE(answers.size() == window.size());
  for (std::size_t i = 0; i < answers.size(); ++i) {
    INFO(i);
    CHECK(answers[i].answer == (i % 3 == 0 ? Answer::changed : Answer::written));
    CHECK(Judge::judge(window[i], answers[i]).proof.has_value() == (i % 3 != 0));
  }
}

TEMPLATE_TEST_CASE("a look at many keys tells what is there, in order", "[renew]", STORES) {
  Renewing<TestType> made;
  made.world.plant_other_type("other:test:v3");
  const std::string value = envelope::seal(3, made.before, kPayload);
  const std::vector<Look> looks{{kKey, 20, true},
                                {"none:test:v3", 80, true},
                                {"other:test:v3", 80, false},
                                {kKey, value.size() + 1, false},
                                {"none:test:v3", 80, false}};
  const auto found = sure(made.store->look(looks, made.world.soon()));
  REQUIRE(found.size() == looks.size());
  using Kind = run::Found::Kind;
  CHECK(found[0].bytes == value.substr(0, 20));
  CHECK(found[0].length == value.size());
  CHECK(found[0].ttl.value() <= Millis(30'000));
  CHECK(found[1].kind == Kind::absent);
  CHECK(found[2].kind == Kind::other_type);
  CHECK(found[3].bytes == value);
  CHECK(found[4].kind == Kind::absent);
}

TEMPLATE_TEST_CASE("records are kept and found, many at once", "[renew]", STORES) {
  Renewing<TestType> made;
  const std::vector<Record> records{{"prewarm:test:a", "one"}, {"prewarm:test:b", "two"}};
  sure(made.store->put_records({records, kTtl}, made.world.soon()));
  const std::vector<std::string> keys{"prewarm:test:b", "prewarm:test:none", "prewarm:test:a"};
  const auto found = sure(made.store->get_records(keys, made.world.soon()));
  CHECK(found == std::vector<std::optional<std::string>>{"two", std::nullopt, "one"});
}

TEST_CASE("a server that forgot the script learns it again in the middle of renewals", "[renew]") {
  Renewing<RedisWorld> made;
  REQUIRE(made.renew(made.renewal()) == Answer::written);
  made.world.server().command({"SCRIPT", "FLUSH"});
  CHECK(made.renew(renewal_of(made.now, made.now + Millis(1))) == Answer::written);
}

TEST_CASE("a server without memory renews all the same: nothing grows", "[renew]") {
  Renewing<RedisWorld> made;
  sure(made.store->probe(made.world.soon()));
  made.world.server().command({"CONFIG", "SET", "maxmemory", "1"});
  CHECK(made.renew(made.renewal()) == Answer::written);
  CHECK(made.world.value(kKey) == envelope::seal(3, made.now, kPayload));
}

TEST_CASE("only a read-back of our own payload behind our own head is a proof", "[renew]") {
  const WallTime before{Millis(1'700'000'000'000)}, now = before + Millis(5000);
  const auto renewal = renewal_of(before, now);
  const auto found = [](std::string bytes) {
    run::Found value{run::Found::Kind::text, std::move(bytes), 0, std::nullopt};
    value.length = value.bytes.size();
    return value;
  };
  const auto proved = [&](const run::Found& value) {
    run::ReadBack answer;
    answer.answer = Answer::written;
    answer.found = value;
    const auto kept = Judge::kept(renewal, found(envelope::seal(3, before, kPayload)));
    const bool by_hash = Judge::judge(renewal, answer).proof.has_value();
    CHECK(Judge::judge(renewal, answer, kept.value()).proof.has_value() == by_hash);
    return by_hash;
  };
  CHECK(proved(found(envelope::seal(3, now, kPayload))));
  CHECK_FALSE(proved(found(envelope::seal(3, now, "[1,2,4]"))));
  CHECK_FALSE(proved(found(envelope::seal(3, before, kPayload))));
  CHECK_FALSE(proved(found(envelope::seal(3, now, kPayload) + " ")));
  CHECK_FALSE(proved({}));
  run::Found cut = found(envelope::seal(3, now, kPayload));
  cut.length += 1;
  CHECK_FALSE(proved(cut));
  CHECK(Judge::is_kept(renewal, found(envelope::seal(3, before, kPayload))));
  CHECK_FALSE(Judge::is_kept(renewal, found(envelope::seal(3, before, "[1,2,4]"))));
  CHECK_FALSE(Judge::is_kept(renewal, {}));
  CHECK_FALSE(Judge::kept(renewal, found(envelope::seal(3, before, "[1,2,4]"))).has_value());
}

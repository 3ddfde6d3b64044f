// SPDX-License-Identifier: Apache-2.0
// The script on a real server and fence_decision give the same answer on the same bytes (PROMISES 12.8).
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "fuzz/fence_input.hpp"
#include "prewarm/base/time_text.hpp"
#include "prewarm/envelope/envelope.hpp"
#include "store/fence.hpp"
#include "store/redis_script.hpp"
#include "support/redis_server.hpp"

using namespace prewarm;
using namespace prewarm::store;
using Answer = run::ReadBack::Answer;

namespace {

const WallTime kNow = *parse_instant("2026-05-01T13:03:48.250Z");
constexpr Millis kMaxAge{40'000};

// The script with the server's clock standing still.
std::string script_at(WallTime now) {
  std::string text(write_script().text);
  const std::string call = "redis.call('TIME')";
  const std::size_t at = text.find(call);
  REQUIRE(at != std::string::npos);
  const auto ms = now.time_since_epoch().count();
  return text.replace(
      at, call.size(),
      "{'" + std::to_string(ms / 1000) + "', '" + std::to_string(ms % 1000 * 1000 + 999) + "'}");
}

using Random = std::mt19937_64;
std::int64_t pick(Random& random, std::int64_t least, std::int64_t most) {
  return std::uniform_int_distribution<std::int64_t>(least, most)(random);
}
template <class T>
const T& one_of(Random& random, const std::vector<T>& from) {
  return from[static_cast<std::size_t>(pick(random, 0, static_cast<std::int64_t>(from.size()) - 1))];
}

// Near the borders more often than not.
WallTime some_instant(Random& random) {
  static const std::vector<std::int64_t> kBorders{0, 60'000, -40'000, -1, 1, -1000};
  if (pick(random, 0, 9) == 0) return kNow + Millis(pick(random, -2'000'000'000'000, 8'000'000'000'000));
  return kNow + Millis(one_of(random, kBorders) + pick(random, -2, 2));
}
std::int64_t some_version(Random& random) {
  static const std::vector<std::int64_t> kVersions{1, 2, 3, 9, 10, 11, 99, 100, 999'999'999};
  return one_of(random, kVersions);
}

// A sound head, or one with a few bytes changed, left out or put in, or fields that are not quite right.
std::string some_value(Random& random) {
  static const std::vector<std::string> kVersions{"0",  "01",  "1000000000", "4294967297", "9007199254740993",
                                                  "-3", "3.0", "3e0",        "",           "+3"};
  static const std::vector<std::string> kInstants{
      "2026-02-29T00:00:00.000Z", "2028-02-29T00:00:00.000Z", "2000-02-29T00:00:00.000Z",
      "1900-02-29T00:00:00.000Z", "2026-13-01T00:00:00.000Z", "2026-00-10T00:00:00.000Z",
      "2026-04-31T00:00:00.000Z", "2026-01-00T00:00:00.000Z", "2026-01-32T00:00:00.000Z",
      "2026-01-01T24:00:00.000Z", "2026-01-01T23:60:00.000Z", "2016-12-31T23:59:60.000Z",
      "0000-01-01T00:00:00.000Z", "0000-02-29T00:00:00.000Z", "9999-12-31T23:59:59.999Z",
      "1969-12-31T23:59:59.999Z", "2026-05-01t13:03:48.250z", "2026-05-01 13:03:48.250Z",
      "2026-05-01T13:03:48,250Z", "2026-05-01T13:03:48.25Z"};
  const std::string sealed = envelope::seal(some_version(random), some_instant(random), "[1,2,3]");
  const auto kind = pick(random, 0, 9);
  if (kind < 5) return sealed;
  if (kind == 5)
    return sealed.substr(0,
                         static_cast<std::size_t>(pick(random, 0, static_cast<std::int64_t>(sealed.size()))));
  if (kind == 6) return "{\"version\":" + one_of(random, kVersions) + sealed.substr(sealed.find(','));
  if (kind == 7) return "{\"version\":7,\"lastUpdated\":\"" + one_of(random, kInstants) + "\",\"payload\":1}";
  std::string changed = sealed;
  for (auto left = pick(random, 1, 3); left > 0; --left) {
    const auto at = static_cast<std::size_t>(pick(random, 0, static_cast<std::int64_t>(changed.size()) - 1));
    static const std::vector<std::string> kPieces{
        "", "0", "9", "1", "\"", ":", " ", "Z", "T", "-", std::string(1, '\0'), "\xff", "{"};
    changed.replace(at, static_cast<std::size_t>(pick(random, 0, 1)), one_of(random, kPieces));
    if (changed.empty()) changed = "x";
  }
  return changed;
}

std::string word_of(Answer answer) {
  return answer == Answer::written ? "written" : answer == Answer::superseded ? "superseded" : "expired";
}

}  // namespace

TEST_CASE("the script decides as fence_decision does, on heads of every kind") {
  const testkit::RedisServer server;
  auto redis = server.connect();
  const std::string hash = redis.command({"SCRIPT", "LOAD", script_at(kNow)}).text;
  Random random(20'260'501);
  int superseded = 0, written = 0, expired = 0;
  for (int round = 0; round < 500; ++round) {
    std::vector<std::string> values, words{"EVALSHA", hash, "20"};
    std::vector<Token> tokens;
    for (int i = 0; i < 20; ++i) {
      const std::string key = "k" + std::to_string(i);
      values.push_back(some_value(random));
      tokens.push_back({some_version(random), some_instant(random)});
      redis.command({"SET", key, values.back()});
      words.push_back(key);
    }
    words.push_back(std::to_string(kMaxAge.count()));
    for (const Token& token : tokens)
      words.insert(words.end(), {"new", "60000", std::to_string(token.version),
                                 std::to_string(token.instant.time_since_epoch().count())});
    const auto reply = redis.command(words);
    REQUIRE(reply.items.size() == 60);
    for (std::size_t i = 0; i < 20; ++i) {
      const Answer answer =
          fence_decision(std::string_view(values[i]).substr(0, 80), tokens[i], {kNow, kMaxAge});
      CAPTURE(values[i], tokens[i].version, instant_text(tokens[i].instant));
      REQUIRE(reply.items[3 * i].text == word_of(answer));
      REQUIRE(reply.items[3 * i + 1].text == values[i].substr(0, 80));
      REQUIRE(reply.items[3 * i + 2].number() == static_cast<std::int64_t>(values[i].size()));
      superseded += answer == Answer::superseded;
      written += answer == Answer::written;
      expired += answer == Answer::expired;
    }
  }
  // The heads are such that each answer is common.
  CHECK(superseded > 500);
  CHECK(written > 500);
  CHECK(expired > 500);
}

TEST_CASE("the script decides as fence_decision does, on the inputs of its fuzz target") {
  const testkit::RedisServer server;
  auto redis = server.connect();
  int inputs = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(PREWARM_SOURCE_DIR "/tests/fuzz/corpus/fence")) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    fuzz::Input input(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    const fuzz::FenceInput in = fuzz::fence_input(input);
    const std::string hash = redis.command({"SCRIPT", "LOAD", script_at(in.clock.now)}).text;
    redis.command({"DEL", "k"});
    if (!in.found.empty()) redis.command({"SET", "k", std::string(in.found)});
    const auto reply = redis.command({"EVALSHA", hash, "1", "k", std::to_string(in.clock.max_age.count()),
                                      "new", "60000", std::to_string(in.ours.version),
                                      std::to_string(in.ours.instant.time_since_epoch().count())});
    CAPTURE(entry.path(), in.found);
    REQUIRE(reply.items.size() == 3);
    CHECK(reply.items[0].text == word_of(fence_decision(in.found.substr(0, 80), in.ours, in.clock)));
    CHECK(reply.items[1].text == in.found.substr(0, 80));
    ++inputs;
  }
  CHECK(inputs >= 20);
}

TEST_CASE("the script writes value and TTL in one command, and never reads more than a head") {
  const testkit::RedisServer server;
  auto redis = server.connect(), monitor = server.connect();
  redis.command({"SET", "k", std::string(100'000, 'x')});
  monitor.command({"MONITOR"});
  const auto now = std::to_string(
      std::chrono::duration_cast<Millis>(std::chrono::system_clock::now().time_since_epoch()).count());
  redis.command({"EVAL", std::string(write_script().text), "1", "k", "40000", "new", "60000", "3", now});
  redis.command({"PING"});
  std::vector<std::string> inside;
  for (std::string line = monitor.receive().text; line.find("\"PING\"") == std::string::npos;
       line = monitor.receive().text)
    if (line.find(" lua] ") != std::string::npos) inside.push_back(line.substr(line.find("lua] ") + 5));
  CHECK(inside == std::vector<std::string>{"\"TIME\"", "\"GETRANGE\" \"k\" \"0\" \"79\"", "\"STRLEN\" \"k\"",
                                           "\"SET\" \"k\" \"new\" \"PX\" \"60000\""});
}

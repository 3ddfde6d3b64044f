// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_test_macros.hpp>

#include "base/sample.hpp"
#include "prewarm/base/hash.hpp"
#include "prewarm/base/time_text.hpp"
#include "prewarm/verify/verify.hpp"

using namespace prewarm;
using namespace std::chrono_literals;
using envelope::Class;
using envelope::Kind;
using run::ReadBack;
using verify::Judge;

namespace {

const WallTime kNow = *parse_instant("2026-05-01T13:00:20.000Z");
const WallTime kOurs = *parse_instant("2026-05-01T13:00:19.187Z");
const std::string kKey = "recent-listens:production:v3";

std::string value(std::int64_t version, WallTime instant, const std::string& payload = "[1]") {
  return envelope::seal(version, instant, payload);
}

run::Entry entry() { return {kKey, envelope::Sealed(value(3, kOurs)), 3, kOurs, 1h, false}; }

run::Found text(const std::string& bytes) {
  return {run::Found::Kind::text, bytes, bytes.size(), std::nullopt};
}
run::Found absent() { return {}; }
run::Found hash() { return {run::Found::Kind::other_type, "", 0, std::nullopt}; }

ReadBack read_back(ReadBack::Answer answer, const std::string& old, const run::Found& found) {
  return {answer, old.substr(0, envelope::kHeadBytes), static_cast<std::int64_t>(old.size()), std::nullopt,
          found};
}
ReadBack written(const std::string& old, const run::Found& found) {
  return read_back(ReadBack::Answer::written, old, found);
}

ErrorKind kind_of(const run::Verdict& verdict) {
  REQUIRE(verdict.error.has_value() != verdict.proof.has_value());
  return verdict.error ? verdict.error->kind : ErrorKind::invalid;  // invalid: none, it is verified
}
constexpr ErrorKind kVerified = ErrorKind::invalid;

std::string sighting_text(const std::optional<run::Sighting>& sighting) {
  if (!sighting) return "none";
  CHECK(sighting->key == kKey);
  std::string out = std::string(envelope::class_text(sighting->cls)) + " " +
                    std::string(envelope::kind_text(sighting->kind)) + " " + std::to_string(sighting->bytes);
  if (sighting->version) out += " v" + std::to_string(*sighting->version);
  if (sighting->ahead) out += " +" + std::to_string(sighting->ahead->count());
  return out;
}

}  // namespace

TEST_CASE("our bytes read back are verified, whatever was there before") {
  struct Row {
    std::string old;
    Class found;
    std::string before;
  };
  const std::string array = testing::sample("legacy-bare-array.json");
  const Row rows[] = {
      {"", Class::absent, "none"},
      {value(3, kOurs - 5min), Class::current, "none"},
      {value(3, kOurs), Class::current, "none"},
      {value(2, kOurs + 10s), Class::older, "older object 68 v2"},
      {array, Class::legacy, "legacy array " + std::to_string(array.size())},
      {"<html>", Class::foreign, "foreign other 6"},
      {value(3, kNow + 61s), Class::foreign, "foreign object 68 +61000"},
      {value(4, kNow + 61s), Class::foreign, "foreign object 68 +61000"},
  };
  for (const Row& row : rows) {
    INFO(row.old);
    const auto verdict = Judge::judge(entry(), written(row.old, text(entry().value.text())), kNow);
    REQUIRE(kind_of(verdict) == kVerified);
    CHECK(verdict.proof->key() == kKey);
    CHECK(verdict.found == row.found);
    CHECK(sighting_text(verdict.before) == row.before);
    CHECK(sighting_text(verdict.after) == "none");
    CHECK_FALSE(verdict.resend);
  }
}

TEST_CASE("a value of another type that was replaced is sighted") {
  ReadBack answer = written("", text(entry().value.text()));
  answer.old_length = -1;
  const auto verdict = Judge::judge(entry(), answer, kNow);
  CHECK(kind_of(verdict) == kVerified);
  CHECK(verdict.found == Class::wrong_type);
  CHECK(sighting_text(verdict.before) == "wrong_type other 0");
}

TEST_CASE("the instant of the envelope found before is told") {
  CHECK(Judge::judge(entry(), written(value(3, kOurs - 5min), text(entry().value.text())), kNow)
            .found_instant == kOurs - 5min);
  CHECK_FALSE(
      Judge::judge(entry(), written("[]", text(entry().value.text())), kNow).found_instant.has_value());
}

TEST_CASE("the read-back decides") {
  struct Row {
    const char* what;
    run::Found found;
    ErrorKind kind;
    std::string after;
    bool resend;
  };
  const std::string ours = entry().value.text();
  std::string one_bit_off = ours;
  one_bit_off[ours.size() - 3] ^= 1;
  const std::string object = testing::sample("legacy-object-no-version.json");
  const Row rows[] = {
      {"equal", text(ours), kVerified, "none", false},
      {"later token", text(value(3, kOurs + 1ms)), ErrorKind::later_write, "none", false},
      {"later, 60 s ahead of the store", text(value(3, kNow + 60s)), ErrorKind::later_write, "none", false},
      {"later, too far ahead to count", text(value(3, kNow + 60001ms)), ErrorKind::differs,
       "foreign object 68 +60001", false},
      {"higher version", text(value(4, kOurs - 1h)), ErrorKind::newer_version, "newer object 68 v4", false},
      {"same token, other bytes", text(value(3, kOurs, "[2]")), ErrorKind::differs, "none", true},
      {"same token, one bit off", text(one_bit_off), ErrorKind::differs, "none", true},
      {"same token, a byte more", text(ours + " "), ErrorKind::differs, "none", true},
      {"earlier token", text(value(3, kOurs - 1ms)), ErrorKind::differs, "none", false},
      {"lower version", text(value(2, kOurs + 1h)), ErrorKind::differs, "foreign object 68 +3599187", false},
      {"lower version, later", text(value(2, kOurs + 1s)), ErrorKind::differs, "older object 68 v2", false},
      {"legacy", text(object), ErrorKind::differs, "legacy object " + std::to_string(object.size()), false},
      {"empty array", text("[]"), ErrorKind::differs, "legacy array 2", false},
      {"base64", text("eyJ2ZXJz"), ErrorKind::differs, "foreign other 8", false},
      {"gzip", text("\x1f\x8b\x08"), ErrorKind::differs, "foreign other 3", false},
      {"hash", hash(), ErrorKind::differs, "wrong_type other 0", false},
      {"nothing", absent(), ErrorKind::vanished, "none", false},
      {"an empty string", text(""), ErrorKind::vanished, "none", false},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    const auto verdict = Judge::judge(entry(), written("", row.found), kNow);
    CHECK(code_of(kind_of(verdict)) == code_of(row.kind));
    CHECK(sighting_text(verdict.after) == row.after);
    CHECK(sighting_text(verdict.before) == "none");
    CHECK(verdict.resend == row.resend);
  }
}

TEST_CASE(
    "a read-back that the store has found to be the same is verified without its bytes, and no other is") {
  ReadBack same = written("[1,2]", text(""));
  same.found.length = value(3, kOurs).size();
  same.same = true;
  const auto verdict = Judge::judge(entry(), same, kNow);
  CHECK(kind_of(verdict) == kVerified);
  CHECK(sighting_text(verdict.before) == "legacy array 5");
  CHECK(sighting_text(verdict.after) == "none");
  SECTION("another length") { ++same.found.length; }
  SECTION("nothing there") { same.found = absent(); }
  SECTION("another type") { same.found = hash(); }
  SECTION("superseded all the same") { same.answer = ReadBack::Answer::superseded; }
  SECTION("not the same, and no bytes") { same.same = false; }
  CHECK_FALSE(Judge::judge(entry(), same, kNow).proof);
}

TEST_CASE("a stranger replaced and a stranger read back are two sightings") {
  const auto verdict = Judge::judge(entry(), written("[1,2]", text("[]")), kNow);
  CHECK(kind_of(verdict) == ErrorKind::differs);
  CHECK(sighting_text(verdict.before) == "legacy array 5");
  CHECK(sighting_text(verdict.after) == "legacy array 2");
}

TEST_CASE("a superseded write says by what") {
  const auto later = value(3, kOurs + 1ms), newer = value(4, kOurs - 1h);
  auto verdict = Judge::judge(entry(), read_back(ReadBack::Answer::superseded, later, text(later)), kNow);
  CHECK(kind_of(verdict) == ErrorKind::later_write);
  CHECK(verdict.error->message ==
        kKey + " holds a later value, of 2026-05-01T13:00:19.188Z; ours is of 2026-05-01T13:00:19.187Z");
  CHECK(verdict.found == Class::current);
  CHECK(sighting_text(verdict.before) == "none");
  CHECK_FALSE(verdict.resend);

  verdict = Judge::judge(entry(), read_back(ReadBack::Answer::superseded, newer, text(newer)), kNow);
  CHECK(kind_of(verdict) == ErrorKind::newer_version);
  CHECK(verdict.error->message ==
        kKey + " holds version 4, this worker writes version 3: it is the stale one");
  CHECK(verdict.found == Class::newer);
  CHECK(sighting_text(verdict.before) == "newer object 68 v4");
  CHECK(sighting_text(verdict.after) == "none");  // one value, one sighting
}

TEST_CASE("a newer version that appears behind a later write stops the run") {
  const auto later = value(3, kOurs + 1s), newer = value(4, kOurs - 1h);
  const auto verdict =
      Judge::judge(entry(), read_back(ReadBack::Answer::superseded, later, text(newer)), kNow);
  CHECK(kind_of(verdict) == ErrorKind::newer_version);
  CHECK(sighting_text(verdict.before) == "none");
  CHECK(sighting_text(verdict.after) == "newer object 68 v4");
}

TEST_CASE("superseded is judged by the store's clock alone") {
  const auto later = value(3, kNow + 61s);  // our estimate of its clock is behind
  const auto verdict =
      Judge::judge(entry(), read_back(ReadBack::Answer::superseded, later, text(later)), kNow);
  CHECK(kind_of(verdict) == ErrorKind::later_write);
  CHECK(sighting_text(verdict.before) == "none");
}

TEST_CASE("superseded without a later value is not believed") {
  for (const std::string& old :
       {value(3, kOurs - 1s), value(2, kOurs + 1s), std::string("[]"), std::string()}) {
    const auto verdict = Judge::judge(entry(), read_back(ReadBack::Answer::superseded, old, text(old)), kNow);
    CHECK(kind_of(verdict) == ErrorKind::protocol);
  }
}

TEST_CASE("an expired write is a deadline") {
  const auto verdict =
      Judge::judge(entry(), read_back(ReadBack::Answer::expired, "[]", text("[]")), kNow + 1h);
  CHECK(kind_of(verdict) == ErrorKind::store_deadline);
  CHECK(verdict.error->message.find("2026-05-01T13:00:19.187Z") != std::string::npos);
  CHECK(sighting_text(verdict.before) == "legacy array 2");
  CHECK(sighting_text(verdict.after) == "none");
  CHECK_FALSE(verdict.resend);
}

TEST_CASE("a failed write keeps the store's error, and only an unknown outcome is sent again") {
  for (const ErrorKind kind : {ErrorKind::unreachable, ErrorKind::store_auth, ErrorKind::refused,
                               ErrorKind::no_answer, ErrorKind::not_primary, ErrorKind::protocol}) {
    ReadBack answer;
    answer.error = Error{kind, "as the store said"};
    const auto verdict = Judge::judge(entry(), answer, kNow);
    CHECK(kind_of(verdict) == kind);
    CHECK(verdict.error->message == "as the store said");
    CHECK(verdict.resend == (kind == ErrorKind::no_answer));
  }
  CHECK(kind_of(Judge::judge(entry(), ReadBack{}, kNow)) == ErrorKind::protocol);
}

TEST_CASE("other bytes are named by size and hash, never by content") {
  const std::string other = R"([{"token":"hunter2"}])";
  auto verdict = Judge::judge(entry(), written("", text(other)), kNow);
  CHECK(verdict.error->message == kKey + ": wrote 68 B, sha256 " + sha256_hex(entry().value.text(), 8) +
                                      "; 21 B came back, sha256 " + sha256_hex(other, 8) + " (legacy)");
  run::Found cut = text(other);
  cut.length = 536870912;
  verdict = Judge::judge(entry(), written("", cut), kNow);
  CHECK(verdict.error->message.find("536.9 MB came back, the first 21 B with sha256 ") != std::string::npos);
  CHECK(Judge::judge(entry(), written("", hash()), kNow).error->message ==
        kKey + ": wrote 68 B, sha256 " + sha256_hex(entry().value.text(), 8) + "; a value that is no string");
}

TEST_CASE("our bytes are verified by whatever clock, and those that clock calls too far ahead are sighted") {
  const std::string ours = entry().value.text();
  auto verdict = Judge::judge(entry(), written("", text(ours)), kOurs - 60s);
  CHECK(kind_of(verdict) == kVerified);
  CHECK(sighting_text(verdict.after) == "none");
  verdict = Judge::judge(entry(), written("", text(ours)), kOurs - 60001ms);
  CHECK(kind_of(verdict) == kVerified);
  CHECK(sighting_text(verdict.after) == "foreign object 68 +60001");
}

TEST_CASE("bytes cut at the cap are never taken for ours") {
  run::Found longer = text(entry().value.text());
  longer.length += 1;
  CHECK(kind_of(Judge::judge(entry(), written("", longer), kNow)) == ErrorKind::differs);
}

TEST_CASE("an unknown outcome is resolved by what is at the key") {
  struct Row {
    const char* what;
    run::Found found;
    ErrorKind kind;
    std::string before;
    bool resend;
  };
  const Row rows[] = {
      {"our bytes", text(entry().value.text()), kVerified, "none", false},
      {"later token", text(value(3, kOurs + 1ms)), ErrorKind::later_write, "none", false},
      {"higher version", text(value(4, kOurs - 1h)), ErrorKind::newer_version, "newer object 68 v4", false},
      {"absent", absent(), ErrorKind::no_answer, "none", true},
      {"earlier token", text(value(3, kOurs - 1ms)), ErrorKind::no_answer, "none", true},
      {"same token, other bytes", text(value(3, kOurs, "[2]")), ErrorKind::no_answer, "none", true},
      {"lower version", text(value(2, kOurs + 1s)), ErrorKind::no_answer, "older object 68 v2", true},
      {"legacy", text("[]"), ErrorKind::no_answer, "legacy array 2", true},
      {"hash", hash(), ErrorKind::no_answer, "wrong_type other 0", true},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    const auto verdict = Judge::resolve(entry(), row.found, kNow);
    CHECK(code_of(kind_of(verdict)) == code_of(row.kind));
    CHECK(sighting_text(verdict.before) == row.before);
    CHECK(verdict.resend == row.resend);
  }
}

TEST_CASE("of what is at the key only a newer version is foreseen to stop a write") {
  for (const auto& found : {absent(), hash(), text("[]"), text(entry().value.text()),
                            text(value(3, kOurs + 1ms)), text(value(2, kOurs)), text(value(4, kNow + 61s))})
    CHECK_FALSE(Judge::foresee(entry(), found, kNow).has_value());
  const auto stopped = Judge::foresee(entry(), text(value(4, kOurs - 1h)), kNow);
  REQUIRE(stopped.has_value());
  CHECK(stopped->kind == ErrorKind::newer_version);
}

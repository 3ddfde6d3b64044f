// SPDX-License-Identifier: Apache-2.0
// What is said of a renewal: before it, whether the value there is the recorded one; after it, whether the
// value is still that one under its new head.
#include <catch2/catch_test_macros.hpp>

#include "prewarm/base/hash.hpp"
#include "prewarm/base/time_text.hpp"
#include "prewarm/verify/verify.hpp"

using namespace prewarm;
using namespace std::chrono_literals;
using run::ReadBack;
using verify::Judge;

namespace {

const WallTime kOld = *parse_instant("2026-05-01T12:55:19.187Z");
const WallTime kNew = *parse_instant("2026-05-01T13:00:19.187Z");
const std::string kKey = "recent-listens:production:v3";
const std::string kPayload = R"([{"track":"a"}])";

std::string value(WallTime instant, const std::string& payload = kPayload) {
  return envelope::seal(3, instant, payload);
}

run::Renewal renewal() {
  return {kKey, envelope::head(3, kOld), value(kOld).size(),  envelope::head(3, kNew),
          kNew, std::chrono::hours(1),   sha256_hex(kPayload)};
}

run::Found text(const std::string& bytes) {
  return {run::Found::Kind::text, bytes, bytes.size(), std::nullopt};
}

ReadBack answered(ReadBack::Answer answer, const run::Found& found = {}) {
  return {answer, "", 0, std::nullopt, found};
}
ReadBack failed(ErrorKind kind) {
  ReadBack answer;
  answer.error = Error{kind, "as the store said"};
  return answer;
}

// By the SHA-256 of the record, and by the bytes that were there before; both have to say the same.
run::Verdict judged(const ReadBack& answer) {
  const auto kept = Judge::kept(renewal(), text(value(kOld)));
  REQUIRE(kept.has_value());
  run::Verdict by_hash = Judge::judge(renewal(), answer);
  const run::Verdict by_bytes = Judge::judge(renewal(), answer, *kept);
  CHECK(by_hash.proof.has_value() == by_bytes.proof.has_value());
  CHECK(by_hash.changed == by_bytes.changed);
  CHECK(by_hash.error.has_value() == by_bytes.error.has_value());
  return by_hash;
}

// A whole write has to follow, and no error is to be told.
bool wants_write(const run::Verdict& verdict) {
  return verdict.changed && !verdict.proof && !verdict.error && !verdict.resend;
}

std::string changed_at(std::string bytes, std::size_t at) {
  bytes[at] ^= 1;
  return bytes;
}

struct Stranger {
  const char* what;
  run::Found found;
};
// None of them is `whole`, the value that is looked for.
std::vector<Stranger> strangers(const std::string& whole, WallTime instant) {
  run::Found cut = text(whole.substr(0, whole.size() - 1)), longer = text(whole), hash = text(whole);
  cut.length = whole.size();
  longer.length += 1;
  hash.kind = run::Found::Kind::other_type;
  return {{"nothing", {}},
          {"a hash", hash},
          {"an empty text", text("")},
          {"cut at the cap", cut},
          {"the front of a longer one", longer},
          {"a byte more", text(whole + " ")},
          {"a byte less", text(whole.substr(0, whole.size() - 1))},
          {"of another instant", text(value(instant + 1ms))},
          {"of another version", text(envelope::seal(4, instant, kPayload))},
          {"of another payload as long", text(changed_at(whole, whole.size() - 4))},
          {"of no closing brace", text(changed_at(whole, whole.size() - 1))},
          {"of another payload", text(value(instant, "[]"))},
          {"the bare payload", text(kPayload)}};
}

}  // namespace

TEST_CASE("the recorded value is known by its head, its length and the SHA-256 of its payload") {
  CHECK(Judge::is_kept(renewal(), text(value(kOld))));
  for (const Stranger& other : strangers(value(kOld), kOld)) {
    INFO(other.what);
    CHECK_FALSE(Judge::is_kept(renewal(), other.found));
    CHECK_FALSE(Judge::kept(renewal(), run::Found(other.found)).has_value());
  }
}

TEST_CASE("a record of another payload or length than the value has is not believed") {
  run::Renewal other = renewal();
  SECTION("payload") { other.payload_sha256 = sha256_hex("[]"); }
  SECTION("payload, not said") { other.payload_sha256.clear(); }
  SECTION("length") { ++other.old_length; }
  SECTION("head") { other.old_head = envelope::head(3, kOld + 1ms); }
  CHECK_FALSE(Judge::is_kept(other, text(value(kOld))));
}

TEST_CASE("a head with a byte behind it is too short to hold a payload") {
  run::Renewal bare = renewal();
  bare.payload_sha256 = sha256_hex("");
  for (const std::string rest : {"", "}"}) {
    bare.old_length = bare.old_head.size() + rest.size();
    CHECK_FALSE(Judge::is_kept(bare, text(bare.old_head + rest)));
  }
}

TEST_CASE("of the recorded value the payload is kept for the comparison that follows") {
  const auto kept = Judge::kept(renewal(), text(value(kOld)));
  REQUIRE(kept.has_value());
  CHECK(kept->payload() == kPayload);
}

TEST_CASE("a renewal whose payload came back under the new head is verified") {
  const run::Verdict verdict = judged(answered(ReadBack::Answer::written, text(value(kNew))));
  REQUIRE(verdict.proof.has_value());
  CHECK(verdict.proof->key() == kKey);
  CHECK_FALSE(verdict.changed);
  CHECK_FALSE(verdict.error.has_value());
  CHECK(verdict.found == envelope::Class::current);
  CHECK(verdict.found_instant == kOld);  // what was there before it
}

TEST_CASE("a renewal that is read back as anything else is no proof: a whole write must follow") {
  for (const Stranger& other : strangers(value(kNew), kNew)) {
    INFO(other.what);
    CHECK(wants_write(judged(answered(ReadBack::Answer::written, other.found))));
  }
  CHECK(wants_write(judged(answered(ReadBack::Answer::written, text(value(kOld))))));  // the old head
}

TEST_CASE("where something else is there a whole write must follow, whatever is read back") {
  for (const auto answer : {ReadBack::Answer::changed, ReadBack::Answer::superseded})
    for (const run::Found& found : {run::Found(), text("[]"), text(value(kNew))})
      CHECK(wants_write(judged(answered(answer, found))));
}

TEST_CASE("a renewal that came too late is a deadline, and no write follows") {
  const run::Verdict verdict = judged(answered(ReadBack::Answer::expired, text(value(kNew))));
  REQUIRE(verdict.error.has_value());
  CHECK(verdict.error->kind == ErrorKind::store_deadline);
  CHECK(verdict.error->message.find("2026-05-01T13:00:19.187Z") != std::string::npos);
  CHECK_FALSE(verdict.changed);
  CHECK_FALSE(verdict.proof.has_value());
}

TEST_CASE("after a renewal of unknown outcome a whole write decides") {
  CHECK(wants_write(judged(ReadBack{})));
  CHECK(wants_write(judged(failed(ErrorKind::no_answer))));
  CHECK(wants_write(judged(failed(ErrorKind::protocol))));
}

TEST_CASE("a user without the right to renew may still write, and the right is named") {
  const run::Verdict verdict = judged(failed(ErrorKind::store_auth));
  CHECK(verdict.changed);
  REQUIRE(verdict.error.has_value());
  CHECK(verdict.error->message == "as the store said");
  CHECK_FALSE(verdict.proof.has_value());
}

TEST_CASE("where a write would fail as well the renewal's error is the run's") {
  for (const ErrorKind kind : {ErrorKind::unreachable, ErrorKind::refused, ErrorKind::not_primary}) {
    const run::Verdict verdict = judged(failed(kind));
    INFO(reason_of(kind));
    CHECK_FALSE(verdict.changed);
    CHECK_FALSE(verdict.proof.has_value());
    REQUIRE(verdict.error.has_value());
    CHECK(verdict.error->kind == kind);
  }
}

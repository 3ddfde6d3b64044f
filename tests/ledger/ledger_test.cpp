// SPDX-License-Identifier: Apache-2.0
#include "prewarm/ledger/ledger.hpp"

#include <catch2/catch_test_macros.hpp>

#include "prewarm/base/time_text.hpp"
#include "support/temp_dir.hpp"

using namespace prewarm;
using namespace prewarm::ledger;

namespace {

Record full_record() {
  Record record;
  record.first_seen = parse_instant("2026-04-01T00:00:00.000Z");
  record.last_verified = parse_instant("2026-05-01T13:00:19.187Z");
  record.written_at = parse_instant("2026-05-01T13:00:19.900Z");
  record.expires_at = parse_instant("2026-05-01T14:00:19.900Z");
  record.failures = 3;
  record.refusals = 1;
  record.last_outcome = "upstream_failed";
  record.worker = "prewarm-7c9f";
  return record;
}

Record decoded(std::string_view text) {
  auto record = decode(text);
  REQUIRE(record.ok());
  return *std::move(record);
}

schedule::Schedule recent_listens() {
  schedule::Schedule schedule;
  schedule.name = "recent-listens";
  schedule.env = "test";
  schedule.store.version = 3;
  return schedule;
}

}  // namespace

TEST_CASE("a record is one line of JSON in a fixed order") {
  CHECK(
      encode(full_record()) ==
      R"({"ledger":1,"first_seen":"2026-04-01T00:00:00.000Z","last_verified":"2026-05-01T13:00:19.187Z",)"
      R"("written_at":"2026-05-01T13:00:19.900Z","expires_at":"2026-05-01T14:00:19.900Z","failures":3,"refusals":1,)"
      R"("last_outcome":"upstream_failed","worker":"prewarm-7c9f"})");
  CHECK(encode(Record{}) == R"({"ledger":1,"failures":0,"refusals":0,"last_outcome":"","worker":""})");
}

TEST_CASE("what was encoded is decoded") {
  CHECK(decoded(encode(full_record())) == full_record());
  CHECK(decoded(encode(Record{})) == Record{});
  Record odd;
  odd.worker = "a \"b\"\n\xff";
  CHECK(decoded(encode(odd)).worker == "a \"b\"\n\xEF\xBF\xBD");
}

TEST_CASE("text that is no record counts as none") {
  for (const char* text :
       {"", "null", "[]", "{", "{}", "42", "\"x\"", "{\"ledger\":\"1\"}", "{\"failures\":3}",
        "{\"ledger\":1.5}", "\xff\xfe", "{\"ledger\":0,\"failures\":3}", "{\"ledger\":-1,\"failures\":3}",
        "{\"ledger\":1,\"failures\":3} x"})
    CHECK(decoded(text) == Record{});
  CHECK(decoded(std::string(16'000, '[')) == Record{});
}

TEST_CASE("members that make no sense are left out, unknown ones passed over") {
  const Record record = decoded(
      R"({"ledger":1,"first_seen":17,"last_verified":"yesterday","failures":-4,"refusals":18446744073709551615,)"
      R"("last_outcome":null,"worker":"w","claims":{"a":[1]}})");
  Record expected;
  expected.worker = "w";
  CHECK(record == expected);
  CHECK(decoded(R"({"ledger":1,"failures":2.5})") == Record{});
}

TEST_CASE("a record of a newer prewarm is not read") {
  for (const char* text : {R"({"ledger":2})", R"({"ledger":9007199254740993,"failures":[]})"}) {
    const auto record = decode(text);
    REQUIRE_FALSE(record.ok());
    CHECK(record.error().kind == ErrorKind::ledger_newer);
  }
}

TEST_CASE("a record is kept under environment, schedule and version, and is found again by another process") {
  const testkit::TempDir directory;
  const auto clock = make_system_clock();
  const Secret url("sqlite:" + (directory / "prewarm.db").string());
  const BootTime deadline = clock->boot_now() + std::chrono::seconds(20);
  const auto open = [&] { return *store::make_store(url, {"test", "worker-1", "", {}, "", "", ""}, *clock); };
  auto schedule = recent_listens();
  CHECK(record_key(schedule) == "prewarm:test:schedule:recent-listens:v3");
  const auto store = open();
  CHECK(*load(*store, schedule, deadline) == Record{});
  REQUIRE(save(*store, schedule, full_record(), deadline).ok());
  CHECK(*load(*open(), schedule, deadline) == full_record());
  schedule.store.version = 4;
  CHECK(*load(*store, schedule, deadline) == Record{});
}

namespace {

Kept full_kept() {
  Kept kept;
  kept.validators = {"W/\"a\"", "Fri, 01 May 2026 13:00:00 GMT"};
  kept.made_by = "0123abcd";
  kept.instant = *parse_instant("2026-05-01T13:00:19.187Z");
  kept.payload_bytes = 42;
  kept.payload_sha256 = std::string(64, 'a');
  kept.keys = {"news:test:v3", "other:test:v3"};
  kept.renewals = 7;
  return kept;
}

}  // namespace

TEST_CASE("what is kept of a value is encoded and decoded, alone and in a record") {
  const Kept kept = full_kept();
  CHECK(encode(kept) == "1 0123abcd 1777640419187 42 7 " + std::string(64, 'a') +
                            " --\nW/\"a\"\nFri, 01 May 2026 13:00:00 GMT\nnews:test:v3\nother:test:v3");
  CHECK(decode_kept(encode(kept)) == kept);
  Kept whole = kept;
  whole.validators = {};
  whole.whole_only = whole.refused = true;
  CHECK(decode_kept(encode(whole)) == whole);
  Record record = full_record();
  record.kept = whole;
  CHECK(decoded(encode(record)) == record);
  CHECK(
      encode(record).find(
          R"("kept":{"made_by":"0123abcd","instant":"2026-05-01T13:00:19.187Z","payload_bytes":42,"sha256":")" +
          std::string(64, 'a') +
          R"(","keys":["news:test:v3","other:test:v3"],"renewals":7,"whole_only":true,"renewal_refused":true})") !=
      std::string::npos);
}

TEST_CASE("what lacks a part that a renewal needs counts as not kept") {
  const std::string text = encode(full_kept());
  const auto without = [&](const std::string& piece, const std::string& instead) {
    std::string changed = text;
    const std::size_t at = changed.find(piece);
    REQUIRE(at != std::string::npos);
    INFO(piece);
    CHECK_FALSE(decode_kept(changed.replace(at, piece.size(), instead)).has_value());
  };
  without("0123abcd", "0123ABCD");
  without("1777640419187", "1777640419187.5");
  without("1777640419187", "-1");
  without("1777640419187", "253402300800000");
  without(" 42 ", " -42 ");
  without(" 42 ", " 0 ");
  without(" 42 ", " 99999999999999999999 ");
  without(" 7 ", "  ");
  without("aaaa", "aaa");
  without("--", "-");
  without("--", "xx");
  without("\nnews:test:v3\nother:test:v3", "");
  without("news:test:v3", "");
  without("1 ", "2 ");
  for (std::size_t length = 0; length < text.size(); ++length) {  // a text that was cut
    const auto kept = decode_kept(text.substr(0, length));
    if (kept) CHECK(kept->payload_sha256 == std::string(64, 'a'));
  }
  for (const char* text_of_none : {"", "[]", "null", "{", "{}", "7", "1", "1 ", "\n", "\n\n\n"})
    CHECK_FALSE(decode_kept(text_of_none).has_value());
  CHECK_FALSE(decoded(R"({"ledger":1,"kept":{"etag":"x"}})").kept.has_value());
}

TEST_CASE("an id's record is below its schedule's, and no id makes it another's") {
  CHECK(kept_key(record_key(recent_listens()), "a:b/c") ==
        "prewarm:test:schedule:recent-listens:v3:a%3Ab%2Fc");
}

// SPDX-License-Identifier: Apache-2.0
#include "campaign/trace.hpp"

#include <algorithm>
#include <array>

#include "prewarm/base/time_text.hpp"
#include "prewarm/envelope/envelope.hpp"

namespace prewarm::campaign {
namespace {

using namespace std::chrono_literals;
using Kind = Operation::Kind;

constexpr Millis kMaxAge = 40s;
constexpr std::size_t kManyEntries = store::kMaxWindowEntries;
constexpr std::size_t kLongRecord = 20'000;  // more than is read of one

const Lying* at(const Shown& shown, const std::string& key) {
  const auto there = shown.find(key);
  return there == shown.end() ? nullptr : &there->second;
}

std::optional<envelope::Head> head_of(const Lying* there) {
  return there != nullptr && there->text ? envelope::read_head(there->bytes) : std::nullopt;
}

const char* name_of(Kind kind) {
  constexpr std::array kNames{"write", "renew",  "read",  "look",  "get_records",    "put_records",
                              "plant", "remove", "flush", "lapse", "forget_scripts", "reconnect"};
  return kNames[static_cast<std::size_t>(kind)];
}

}  // namespace

std::string text_of(const Operation& operation) {
  std::string text = name_of(operation.kind);
  if (operation.late) text += " late";
  if (operation.full) text += " to a full server";
  const auto from_now = [&](WallTime instant) { return std::to_string((instant - operation.now).count()); };
  for (const auto& entry : operation.entries)
    text += " [" + entry.key + " v" + std::to_string(entry.version) + " at " + from_now(entry.instant) +
            " ms, " + std::to_string(entry.value.size()) + " bytes]";
  for (const auto& renewal : operation.renewals)
    text += " [" + renewal.key + " if " + renewal.old_head + " of " + std::to_string(renewal.old_length) +
            (renewal.new_head.empty() ? ", life alone]" : ", to " + from_now(renewal.instant) + " ms]");
  for (const auto& look : operation.looks)
    text += " [" + look.key + " up to " + std::to_string(look.cap) + (look.facts ? " with facts]" : "]");
  for (const auto& record : operation.records)
    text += " [" + record.key + ": " + std::to_string(record.text.size()) + " bytes]";
  for (const auto& key : operation.keys) text += " " + key;
  if (operation.kind == Kind::plant)
    text += operation.planted.text ? ": " + operation.planted.bytes.substr(0, 100) : ": another type";
  return text;
}

const std::vector<std::string>& Trace::value_keys() {
  static const std::vector<std::string> keys{"listens:test:v1",  "listens:test:v2",   "albums:test:a:v1",
                                             "albums:test:b:v1", "albums:test:c:v12", "albums:test:d:v3"};
  return keys;
}

const std::vector<std::string>& Trace::record_keys() {
  static const std::vector<std::string> keys{"prewarm:test:schedule:listens", "prewarm:test:schedule:albums",
                                             "prewarm:test:claim:listens"};
  return keys;
}

const std::string& Trace::some_key() { return value_keys()[chance_.below(value_keys().size())]; }
// Ten seconds apart, so that lives can be told apart on a slow machine.
Millis Trace::some_ttl() { return 30s + 10s * chance_.below(60); }

std::string Trace::some_payload() {
  constexpr std::array kLengths{1U, 3U, 40U, 900U, 2'000U};
  return "\"" + std::string(kLengths[chance_.below(kLengths.size())], 'a' + static_cast<char>(upto(25))) +
         "\"";
}

WallTime Trace::some_instant(const Lying* there) {
  const auto head = head_of(there);
  // What is older than kMaxAge or ahead of the store is not ours to take over: its limits are near.
  const bool comparable = head && head->last_updated <= now_ && now_ - head->last_updated < kMaxAge - 5s;
  if (comparable && chance_.below(3) < 2) return head->last_updated + Millis(static_cast<int>(upto(2)) - 1);
  constexpr std::array kAges{0ms, 1ms, 700ms, 10'000ms, 38'000ms, 41'000ms, 3'600'000ms};
  return now_ - kAges[chance_.below(kAges.size())];
}

run::Entry Trace::some_entry(const Shown& shown) {
  const std::string& key = some_key();
  const Lying* there = at(shown, key);
  constexpr std::array<std::int64_t, 5> kVersions{1, 2, 3, 10, 12};
  const auto head = head_of(there);
  const std::int64_t version =
      head && chance_.below(3) < 2 ? head->version : kVersions[chance_.below(kVersions.size())];
  const WallTime instant = some_instant(there);
  // Now and then what is there already: two fetches in one millisecond that got the same.
  const bool again = head && head->version == version && head->last_updated == instant && chance_.one_in(2);
  return {key, envelope::Sealed(again ? there->bytes : envelope::seal(version, instant, some_payload())),
          version, instant, some_ttl()};
}

void Trace::fill_write(Operation& operation, const Shown& shown) {
  const std::size_t count = chance_.one_in(20) ? kManyEntries : 1 + upto(4);
  for (std::size_t i = 0; i < count; ++i) {
    auto entry = some_entry(shown);
    const bool there =
        std::ranges::any_of(operation.entries, [&](const auto& e) { return e.key == entry.key; });
    // A key twice in a window is rare, and another way through the store.
    if (!there || count == kManyEntries || chance_.one_in(8)) operation.entries.push_back(std::move(entry));
  }
  operation.max_age = kMaxAge;
}

run::Renewal Trace::some_renewal(const Shown& shown) {
  const std::string& key = some_key();
  const Lying* there = at(shown, key);
  const auto head = head_of(there);
  run::Renewal renewal{key, envelope::head(1, now_ - 5s), 90, "", some_instant(nullptr), some_ttl(), ""};
  if (head) {
    renewal.old_head = there->bytes.substr(0, head->length);
    renewal.old_length = there->bytes.size();
    if (chance_.one_in(8)) ++renewal.old_length;
    if (chance_.one_in(8)) renewal.old_head = envelope::head(head->version, head->last_updated - 1ms);
  }
  if (!chance_.one_in(3)) renewal.new_head = envelope::head(head ? head->version : 1, renewal.instant);
  return renewal;
}

void Trace::fill_renew(Operation& operation, const Shown& shown) {
  const std::size_t count = 1 + upto(3);
  for (std::size_t i = 0; i < count; ++i) operation.renewals.push_back(some_renewal(shown));
  operation.max_age = kMaxAge;
}

void Trace::fill_looks(Operation& operation, std::size_t count) {
  constexpr std::array<std::size_t, 7> kCaps{0, 1, 79, 80, 81, 1'000, 1U << 20U};
  for (std::size_t i = 0; i < count; ++i)
    operation.looks.push_back({some_key(), kCaps[chance_.below(kCaps.size())], chance_.one_in(2)});
}

void Trace::fill_records(Operation& operation) {
  for (const std::string& key : record_keys()) {
    if (chance_.one_in(3)) continue;
    std::string text = R"({"at":")" + std::to_string(upto(999)) + "\"}";
    if (chance_.one_in(6)) text = chance_.one_in(2) ? "" : std::string(kLongRecord, 'r');
    operation.records.push_back({key, std::move(text)});
  }
  if (operation.records.empty()) operation.records.push_back({record_keys().front(), "{}"});
  operation.ttl = some_ttl();
}

std::string Trace::broken_head() {
  const std::string instant = instant_text(now_ - 1s);
  switch (chance_.below(5)) {
    case 0:
      return R"({"version":01,"lastUpdated":")" + instant + R"(","payload":[]})";
    case 1:
      return R"({"version":1234567890,"lastUpdated":")" + instant + R"(","payload":[]})";
    case 2:
      return R"({"version":2,"lastUpdated":"2025-02-29T00:00:00.000Z","payload":[]})";
    case 3:
      return R"({"version":2,"lastUpdated":"9999-12-31T23:59:59.999Z","payload":[]})";
    default:
      return R"({"version": 2,"lastUpdated":")" + instant + R"(","payload":[]})";
  }
}

// What another program may leave, or a worker with another clock or of another version.
Lying Trace::some_stranger() {
  Lying stranger;
  constexpr std::array kAhead{30'000ms, 45'000ms, 59'000ms, 61'000ms, 7'200'000ms};
  constexpr std::array<std::int64_t, 4> kVersions{1, 2, 12, envelope::kMaxVersion};
  const std::int64_t version = kVersions[chance_.below(kVersions.size())];
  if (!chance_.one_in(3)) stranger.ttl = some_ttl();
  switch (chance_.below(8)) {
    case 0:
      stranger.text = false;
      break;
    case 1:
      break;  // an empty text
    case 2:
      stranger.bytes = R"([{"legacy":true}])";
      break;
    case 3:
      stranger.bytes = std::string("\x1f\x8b\0\xff", 4) + std::string(upto(1) * 5'000, 'x');
      break;
    case 4:
      stranger.bytes = broken_head();
      break;
    default:
      stranger.bytes =
          envelope::seal(version, chance_.one_in(3) ? now_ - 1h : now_ + kAhead[chance_.below(kAhead.size())],
                         some_payload());
  }
  return stranger;
}

void Trace::fill_keys(Operation& operation) {
  const bool record = operation.kind != Kind::plant && chance_.one_in(4);
  operation.keys.push_back(record ? record_keys()[chance_.below(record_keys().size())] : some_key());
  if (operation.kind == Kind::plant) operation.planted = some_stranger();
}

Operation Trace::next(WallTime now, const Shown& shown) {
  now_ = now;
  constexpr std::array kOften{
      Kind::write, Kind::write, Kind::write,  Kind::write,       Kind::renew,       Kind::renew,
      Kind::renew, Kind::read,  Kind::look,   Kind::get_records, Kind::put_records, Kind::plant,
      Kind::plant, Kind::plant, Kind::remove, Kind::lapse,       Kind::get_records};
  constexpr std::array kSeldom{Kind::flush, Kind::forget_scripts, Kind::reconnect};
  Operation operation{
      chance_.one_in(12) ? kSeldom[chance_.below(kSeldom.size())] : kOften[chance_.below(kOften.size())],
      now};
  operation.late = chance_.one_in(40);
  switch (operation.kind) {
    case Kind::write:
      fill_write(operation, shown);
      operation.full = chance_.one_in(10);
      break;
    case Kind::renew:
      fill_renew(operation, shown);
      operation.full = chance_.one_in(10);
      break;
    case Kind::read:
      fill_looks(operation, 1);
      break;
    case Kind::look:
      fill_looks(operation, 1 + upto(5));
      break;
    case Kind::put_records:
      fill_records(operation);
      operation.full = chance_.one_in(10);
      break;
    case Kind::get_records:
      operation.keys = record_keys();
      break;
    case Kind::plant:
    case Kind::remove:
    case Kind::lapse:
      fill_keys(operation);
      break;
    default:
      break;
  }
  return operation;
}

}  // namespace prewarm::campaign

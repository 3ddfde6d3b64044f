// SPDX-License-Identifier: Apache-2.0
#include "prewarm/base/hash.hpp"
#include "prewarm/base/planted.hpp"
#include "prewarm/base/time_text.hpp"
#include "prewarm/base/units.hpp"
#include "prewarm/verify/verify.hpp"

namespace prewarm::verify {
namespace {

using envelope::Class;
using run::Entry;
using run::Found;
using run::Sighting;
using run::Verdict;

// How what is at the key stands to our entry. `earlier`: an earlier token, or none at all.
enum class Order : std::uint8_t { equal, newer, later, tie, earlier, absent };

struct Seen {
  Order order = Order::absent;
  envelope::HeadClass head;
  std::uint64_t bytes = 0;
};

Order order_of(const Entry& entry, const envelope::HeadClass& seen) noexcept {
  if (seen.cls == Class::absent) return Order::absent;
  if (!seen.head) return Order::earlier;
  if (seen.head->version != entry.version)
    return seen.head->version > entry.version ? Order::newer : Order::earlier;
  if (seen.head->last_updated == entry.instant) return Order::tie;
  return seen.head->last_updated > entry.instant ? Order::later : Order::earlier;
}

Seen seen_before(const Entry& entry, const run::ReadBack& answer, WallTime store_now) {
  Seen seen;
  seen.head = envelope::classify_head(answer.old_head, answer.old_length, entry.version, store_now);
  seen.order = order_of(entry, seen.head);
  seen.bytes = answer.old_length > 0 ? static_cast<std::uint64_t>(answer.old_length) : 0;
  return seen;
}

// `same`: the store has compared them and kept no bytes.
Seen seen_now(const Entry& entry, const Found& found, bool same, WallTime store_now) {
  Seen seen;
  if (found.kind == Found::Kind::absent) return seen;
  const std::int64_t length =
      found.kind == Found::Kind::other_type ? -1 : static_cast<std::int64_t>(found.length);
  seen.bytes = found.length;
  const bool ours =
      found.kind == Found::Kind::text && found.length == entry.value.size() &&
      (same || entry.value == found.bytes ||
       (planted(Plant::length_compared) && found.bytes.starts_with(entry.value.front().substr(0, 40))));
  const std::string_view bytes = same ? entry.value.front() : std::string_view(found.bytes);
  // A window of our own values is not read head by head: what is ours is known.
  if (ours && entry.instant - store_now <= envelope::kMaxAhead)
    seen.head = {Class::current, envelope::Kind::object, envelope::Head{entry.version, entry.instant},
                 std::nullopt};
  else
    seen.head =
        envelope::classify_head(bytes.substr(0, envelope::kHeadBytes), length, entry.version, store_now);
  seen.order = ours ? Order::equal : order_of(entry, seen.head);
  return seen;
}

// What a person should hear of: everything but nothing and our own kind.
std::optional<Sighting> sighting_of(const Entry& entry, const Seen& seen) {
  const Class cls = seen.head.cls;
  if (cls == Class::absent || cls == Class::current) return std::nullopt;
  Sighting sighting{entry.key, cls, seen.head.kind, seen.bytes, seen.head.ahead, std::nullopt};
  if (seen.head.head) sighting.version = seen.head.head->version;
  return sighting;
}

Error newer_version(const Entry& entry, const Seen& seen) {
  return {ErrorKind::newer_version,
          entry.key + " holds version " + std::to_string(seen.head.head->version) +
              ", this worker writes version " + std::to_string(entry.version) + ": it is the stale one",
          "retire or upgrade this worker, or raise store.version"};
}

Error later_write(const Entry& entry, const Seen& seen) {
  return {ErrorKind::later_write, entry.key + " holds a later value, of " +
                                      instant_text(seen.head.head->last_updated) + "; ours is of " +
                                      instant_text(entry.instant)};
}

std::string hash_text(std::string_view bytes) { return "sha256 " + sha256_hex(bytes, 8); }

std::string what_came_back(const Found& found, const Seen& seen) {
  if (found.kind == Found::Kind::other_type) return "a value that is no string";
  std::string text = size_text(found.length) + " came back, ";
  if (found.length != found.bytes.size()) text += "the first " + size_text(found.bytes.size()) + " with ";
  text += hash_text(found.bytes);
  if (seen.head.cls == Class::current) return text + " (another value of this version)";
  return text + " (" + std::string(envelope::class_text(seen.head.cls)) + ")";
}

Error differs(const Entry& entry, const Found& found, const Seen& seen) {
  return {ErrorKind::differs,
          entry.key + ": wrote " + size_text(entry.value.size()) + ", " + hash_text(entry.value.text()) +
              "; " + what_came_back(found, seen),
          "find the other writer of this key: the store's list of clients"};
}

Error vanished(const Entry& entry) {
  return {ErrorKind::vanished, entry.key + ": wrote " + size_text(entry.value.size()) + "; nothing came back",
          "find who deletes this key, or give the store more memory (eviction)"};
}

Error expired(const std::string& key, WallTime instant) {
  return {ErrorKind::store_deadline, key + ": the store refused the write; by its clock lastUpdated " +
                                         instant_text(instant) + " is older than the run may last"};
}

// Head, whole length and payload.
bool holds(const Found& found, std::string_view head, const run::Renewal& renewal) {
  if (found.kind != Found::Kind::text || found.length != renewal.old_length) return false;
  const std::string_view bytes = found.bytes;
  if (bytes.size() != renewal.old_length || bytes.size() < head.size() + 2) return false;
  if (!bytes.starts_with(head) || !bytes.ends_with('}')) return false;
  const auto payload = bytes.substr(head.size(), bytes.size() - head.size() - 1);
  return sha256_hex(payload) == renewal.payload_sha256;
}

// A renewal that failed in a way that a whole write may not.
bool write_may_cure(ErrorKind kind) noexcept {
  return kind == ErrorKind::no_answer || kind == ErrorKind::store_auth || kind == ErrorKind::protocol;
}

// Of what was read after our write went in.
Error error_after_write(const Entry& entry, const Found& found, const Seen& seen) {
  switch (seen.order) {
    case Order::newer:
      return newer_version(entry, seen);
    case Order::later:
      return later_write(entry, seen);
    case Order::absent:
      return vanished(entry);
    default:
      return differs(entry, found, seen);
  }
}

// The store says that a later token is there; which one, its old head or the read-back must show.
Error superseded(const Entry& entry, const Seen& before, const Seen& after) {
  for (const Seen* seen : {&before, &after})
    if (seen->order == Order::newer) return newer_version(entry, *seen);
  for (const Seen* seen : {&before, &after})
    if (seen->order == Order::later) return later_write(entry, *seen);
  return {ErrorKind::protocol, entry.key + ": the store answered superseded, but holds no later value"};
}

}  // namespace

run::Verdict Judge::judge(const Entry& entry, const run::ReadBack& read_back, WallTime store_now) {
  using Answer = run::ReadBack::Answer;
  Verdict verdict;
  if (read_back.answer == Answer::failed) {
    verdict.error = read_back.error.value_or(
        Error{ErrorKind::protocol, entry.key + ": the store's answer says neither success nor failure"});
    verdict.resend = verdict.error->kind == ErrorKind::no_answer;
    return verdict;
  }
  // Whether a head is too far ahead has been judged by the store's own clock when it answers superseded; ours
  // is an estimate of it, and must not differ.
  const WallTime now = read_back.answer == Answer::superseded ? WallTime::max() : store_now;
  const Seen before = seen_before(entry, read_back, now);
  const Seen after = seen_now(entry, read_back.found, read_back.same, now);
  verdict.found = before.head.cls;
  if (before.head.head) verdict.found_instant = before.head.head->last_updated;
  verdict.before = sighting_of(entry, before);
  // A value that was only met is one sighting, not two.
  if (read_back.answer == Answer::written || after.head.cls != before.head.cls)
    verdict.after = sighting_of(entry, after);

  if (read_back.answer == Answer::expired) {
    verdict.error = expired(entry.key, entry.instant);
  } else if (read_back.answer == Answer::superseded) {
    verdict.error = superseded(entry, before, after);
  } else if (after.order == Order::equal) {
    verdict.proof = run::VerifiedWrite(entry.key);
  } else {
    verdict.error = error_after_write(entry, read_back.found, after);
    verdict.resend = after.order == Order::tie;
  }
  return verdict;
}

bool Judge::is_kept(const run::Renewal& renewal, const Found& found) {
  return holds(found, renewal.old_head, renewal);
}

std::optional<KeptValue> Judge::kept(const run::Renewal& renewal, Found&& found) {
  if (!is_kept(renewal, found)) return std::nullopt;
  return KeptValue(std::move(found.bytes), renewal.old_head.size());
}

run::Verdict Judge::judge(const run::Renewal& renewal, const run::ReadBack& read_back, bool holds_it) {
  using Answer = run::ReadBack::Answer;
  Verdict verdict;
  switch (read_back.answer) {
    case Answer::expired:
      verdict.error = expired(renewal.key, renewal.instant);
      return verdict;
    case Answer::failed:
      verdict.changed = !read_back.error || write_may_cure(read_back.error->kind);
      if (read_back.error && (!verdict.changed || read_back.error->kind == ErrorKind::store_auth))
        verdict.error = read_back.error;
      return verdict;
    case Answer::written:
      if (!holds_it) break;
      verdict.found = Class::current;
      verdict.found_instant = envelope::read_head(renewal.old_head)->last_updated;
      verdict.proof = run::VerifiedWrite(renewal.key);
      return verdict;
    case Answer::changed:
    case Answer::superseded:
      break;
  }
  verdict.changed = true;
  return verdict;
}

run::Verdict Judge::judge(const run::Renewal& renewal, const run::ReadBack& read_back) {
  return judge(renewal, read_back, holds(read_back.found, renewal.new_head, renewal));
}

run::Verdict Judge::judge(const run::Renewal& renewal, const run::ReadBack& read_back,
                          const KeptValue& kept) {
  const Found& found = read_back.found;
  const bool holds_it = found.kind == Found::Kind::text && found.length == found.bytes.size() &&
                        envelope::Sealed(renewal.new_head, kept.payload()) == found.bytes;
  return judge(renewal, read_back, holds_it);
}

std::optional<Error> Judge::foresee(const Entry& entry, const Found& found, WallTime store_now) {
  const Seen seen = seen_now(entry, found, false, store_now);
  if (seen.order != Order::newer) return std::nullopt;
  return newer_version(entry, seen);
}

run::Verdict Judge::resolve(const Entry& entry, const Found& found, WallTime store_now) {
  Verdict verdict;
  const Seen seen = seen_now(entry, found, false, store_now);
  verdict.found = seen.head.cls;
  if (seen.head.head) verdict.found_instant = seen.head.head->last_updated;
  if (seen.order == Order::equal) {
    verdict.proof = run::VerifiedWrite(entry.key);
    return verdict;
  }
  verdict.before = sighting_of(entry, seen);
  if (seen.order == Order::newer || seen.order == Order::later) {
    verdict.error = error_after_write(entry, found, seen);
    return verdict;
  }
  verdict.error = Error{ErrorKind::no_answer,
                        entry.key + ": the store did not answer the write, and it is not there", "", true};
  verdict.resend = true;
  return verdict;
}

}  // namespace prewarm::verify

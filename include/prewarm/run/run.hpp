// SPDX-License-Identifier: Apache-2.0
// The values that travel through the stages, in order: Run -> Body -> Batch of Entries -> ReadBack ->
// Verdict. They move one way and are owned by the stage that holds them. Pure: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "prewarm/base/clock.hpp"
#include "prewarm/base/result.hpp"
#include "prewarm/envelope/sealed.hpp"
#include "prewarm/schedule/agenda.hpp"
#include "prewarm/schedule/definition.hpp"

namespace prewarm::run {

/// One firing: one attempt at one slot by this worker.
struct Run {
  schedule::SchedulePtr schedule;
  Slot slot;
  schedule::Trigger trigger = schedule::Trigger::cron;
  std::string run_id;  // random UUID, this worker's
  std::string rid;     // the same for every worker at this slot (SURFACE 7)
  WallTime planned;    // slot + jitter
  WallTime started_wall;
  BootTime started;
  BootTime deadline;                      // started + timeout
  bool dry_run = false;                   // fetch, shape and guard only
  bool heartbeat = true;                  // false: --no-heartbeat
  std::optional<Millis> if_older_than{};  // of a fan-out: ids whose values are younger are left out
};

/// "8a46fec7-…": first 16 bytes of SHA-256 of prewarm:{env}:{name}:{slot} as version 8 UUID.
std::string rid_of(const std::string& env, const std::string& name, Slot slot);

/// How the fetch went, for the report; filled also when it failed.
struct FetchFacts {
  int attempts = 0;  // of a fan-out: the most that one request took, or those of all pages of its ids
  int requests = 0;  // sent, those that were tried again included
  Millis took{};
  int http_status = 0;           // of the last attempt; 0 if none came
  std::uint64_t body_bytes = 0;  // after decompression
};

/// What an upstream calls the state of what it sent, as it wrote it (RFC 9110, 8.8); empty: it did not say.
struct Validators {
  std::string etag, last_modified;
  bool any() const noexcept { return !etag.empty() || !last_modified.empty(); }
  friend bool operator==(const Validators&, const Validators&) = default;
};

/// What upstream sent. `bytes` keeps kJsonPadding spare bytes of capacity behind its end.
struct Body {
  std::string bytes;
  std::string content_type;
  FetchFacts facts;
  Validators validators;
  std::string link{};  // Link headers, as http::ResponseHeaders has them
};

/// One key to write.
struct Entry {
  std::string key;
  envelope::Sealed value;
  std::int64_t version = 0;
  WallTime instant;  // lastUpdated
  Millis ttl{};
  bool alias = false;
};

/// One key whose payload stays while its head and its life begin anew (PROMISES 2, renew), if what is there
/// has exactly this head and this length. The store never looks at the payload; `payload_sha256` is for the
/// verdict.
struct Renewal {
  std::string key;
  std::string old_head;          // as envelope::head made it
  std::uint64_t old_length = 0;  // of the whole value
  std::string new_head;          // as long as the old; empty: its life alone, which is never shortened
  WallTime instant;              // of the new head
  Millis ttl{};
  std::string payload_sha256;  // hex
};

/// What is at a key. `bytes` may be cut at the cap asked for; `length` is the whole length.
struct Found {
  enum class Kind : std::uint8_t { absent, text, other_type };
  Kind kind = Kind::absent;
  std::string bytes;
  std::uint64_t length = 0;
  std::optional<Millis> ttl;  // what is left; nothing when it has none or was not asked for
};

/// The store's answer about one entry (PROMISES 2), and what GET on the same connection returned right after.
struct ReadBack {
  /// Of a renewal `written` means renewed, and `changed` that something else is there, which was left alone.
  enum class Answer : std::uint8_t { written, superseded, expired, changed, failed };
  Answer answer = Answer::failed;
  std::string old_head;         // at most 80 bytes of what was there
  std::int64_t old_length = 0;  // -1: not a string; 0: absent; of a value of the same version perhaps only
                                // that of `old_head`
  std::optional<Error> error;   // answer == failed: why; kind no_answer means the outcome is unknown
  Found found;                  // meaningful unless answer == failed
  bool same = false;  // what came back is byte for byte what was sent; found.bytes is then left empty
};

}  // namespace prewarm::run

// SPDX-License-Identifier: Apache-2.0
// What `verify` says of one key, and the proof that a success heartbeat needs: a VerifiedWrite can be made by
// verify::judge alone (I3); a run of many keys counts its proofs. A Sighting is a value of another writer
// that was found at our key (I9). Pure: values.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "prewarm/base/result.hpp"
#include "prewarm/envelope/envelope.hpp"
#include "prewarm/run/run.hpp"

namespace prewarm::verify {
class Judge;
}

namespace prewarm::run {

/// Proof that the primary which took the write returned the same bytes. Move-only.
class VerifiedWrite {
 public:
  VerifiedWrite(VerifiedWrite&&) noexcept = default;
  VerifiedWrite& operator=(VerifiedWrite&&) noexcept = default;
  VerifiedWrite(const VerifiedWrite&) = delete;
  VerifiedWrite& operator=(const VerifiedWrite&) = delete;
  ~VerifiedWrite() = default;
  const std::string& key() const noexcept { return key_; }

 private:
  friend class verify::Judge;
  explicit VerifiedWrite(std::string key) : key_(std::move(key)) {}
  std::string key_;
};

/// How many keys of a run were verified: counts proofs, and nothing else can raise it.
class VerifiedWrites {
 public:
  void add(VerifiedWrite&& proof) {
    const VerifiedWrite taken = std::move(proof);
    ++count_;
  }
  void add(VerifiedWrites&& others) noexcept { count_ += std::exchange(others.count_, 0); }
  std::size_t size() const noexcept { return count_; }
  bool empty() const noexcept { return count_ == 0; }
  void clear() noexcept { count_ = 0; }

 private:
  std::size_t count_ = 0;
};

struct Sighting {
  std::string key;
  envelope::Class cls = envelope::Class::legacy;
  envelope::Kind kind = envelope::Kind::other;
  std::uint64_t bytes = 0;
  std::optional<Millis> ahead;          // a head over 60 s ahead of store time: by how much
  std::optional<std::int64_t> version;  // older and newer: which
};

struct Verdict {
  std::optional<VerifiedWrite>
      proof;                   // exactly one of proof and error is set; of a renewal none if `changed`
  std::optional<Error> error;  // later_write, newer_version, differs, vanished, deadline or a store kind
  std::optional<envelope::Class> found;   // class before the write, if the store told it
  std::optional<WallTime> found_instant;  // its lastUpdated, if it was an envelope of ours
  std::optional<Sighting> before, after;  // what we overwrote or met; what the read-back met
  bool resend =
      false;  // same token, other bytes, or nothing known: send the same bytes again until the deadline
  bool changed = false;  // of a renewal: a whole write must follow
};

}  // namespace prewarm::run

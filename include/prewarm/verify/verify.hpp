// SPDX-License-Identifier: Apache-2.0
// ReadBack -> Verdict: did the store return exactly what we wrote, and whom did we meet at the key? The only
// maker of VerifiedWrite (I3). The rules are those of PROMISES 2, "The read-back decides". Pure.
#pragma once

#include "prewarm/run/run.hpp"
#include "prewarm/run/verdict.hpp"

namespace prewarm::verify {

/// What a renewal's key held right before it, shown by SHA-256 to be what the record says. `Judge` makes it.
class KeptValue {
 public:
  std::string_view payload() const noexcept {
    return std::string_view(bytes_).substr(head_, bytes_.size() - head_ - 1);
  }

 private:
  friend class Judge;
  KeptValue(std::string bytes, std::size_t head) : bytes_(std::move(bytes)), head_(head) {}
  std::string bytes_;
  std::size_t head_;
};

class Judge {
 public:
  /// `store_now`: the store's clock. `read_back.error` of kind no_answer gives a verdict with `resend` set.
  static run::Verdict judge(const run::Entry& entry, const run::ReadBack& read_back, WallTime store_now);
  /// After an unknown outcome: what a fresh read of the key says. Absent or earlier: `resend`.
  static run::Verdict resolve(const run::Entry& entry, const run::Found& found, WallTime store_now);
  /// What is there is the value that the renewal names: its head, its length, and a payload of its SHA-256.
  static bool is_kept(const run::Renewal& renewal, const run::Found& found);
  /// The same, and the bytes for the comparison that follows.
  static std::optional<KeptValue> kept(const run::Renewal& renewal, run::Found&& found);
  /// Of a renewal: `changed` is set, and no proof, where a whole write must follow: something else is there,
  /// the outcome is unknown, or the user lacks a right that a write does not need (then the error says
  /// which).
  static run::Verdict judge(const run::Renewal& renewal, const run::ReadBack& read_back);
  /// The same by comparing with the bytes that were there before, whose SHA-256 was found right.
  static run::Verdict judge(const run::Renewal& renewal, const run::ReadBack& read_back,
                            const KeptValue& kept);
  /// Before a write that is not made: newer_version when a newer version is there, which would stop it.
  static std::optional<Error> foresee(const run::Entry& entry, const run::Found& found, WallTime store_now);

 private:
  // `holds_it`: what was read back has the new head and the payload.
  static run::Verdict judge(const run::Renewal& renewal, const run::ReadBack& read_back, bool holds_it);
};

}  // namespace prewarm::verify

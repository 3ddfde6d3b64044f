// SPDX-License-Identifier: Apache-2.0
// The parts of the stages that keep a value whose upstream has nothing newer: whether its state may be named
// in the request, the renewal in place, and what is remembered of a write so that the next run can (PROMISES
// 2, renew). Nothing is renewed that is not provably what we wrote: the whole value is read and compared with
// the SHA-256 of our own right before, the script compares head and length, and the read-back is compared
// once more. Also a longer life for the value that a failed run leaves (`store.staleIfError`). On the store
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pipeline/write.hpp"
#include "prewarm/ledger/ledger.hpp"

namespace prewarm::pipeline {

/// What follows a run (the ledger, what is left of an old value) is asked of the store even when the run's
/// own time is over.
inline constexpr Millis kAfterwards{2000};

/// Whether the next request may name the state that `kept` has: it is of the same making, has validators, and
/// the upstream has sent a whole answer not too long ago, so that validators that do not tell states apart
/// cannot keep a value for ever.
bool may_name_state(const ledger::Kept& kept, const std::string& made_by);
/// Whether the heads at all keys are those of `kept`. Errors: those of Store::look.
Result<bool> heads_match(const ledger::Kept& kept, const schedule::Schedule& schedule, store::Store& store,
                         BootTime deadline);

/// Heads of one version. Those of many ids have the same instant: each is made once.
class Heads {
 public:
  explicit Heads(std::int64_t version) : version_(version) {}
  /// Valid until the next call.
  const std::string& of(WallTime instant);

 private:
  std::int64_t version_;
  std::optional<WallTime> last_;
  std::string head_;
};

/// Makes the renewals of one run.
class Renewing {
 public:
  /// The schedule outlives it.
  Renewing(const schedule::Schedule& schedule, WallTime token);
  /// Adds one renewal a key. False, and adds nothing: its instant is not before `token`, so no renewal may
  /// follow.
  bool add(const ledger::Kept& kept, std::vector<run::Renewal>& renewals);

 private:
  const schedule::Schedule& schedule_;
  WallTime token_;
  std::string new_head_;
  Heads old_heads_;
};

/// The same for one value.
bool add_renewals(const ledger::Kept& kept, const schedule::Schedule& schedule, WallTime token,
                  std::vector<run::Renewal>& renewals);
/// One verdict each, in order; in windows.
std::vector<run::Verdict> renew_in_place(std::vector<run::Renewal> renewals, const Target& target);

/// What is remembered of a verified write. `before`: of the value that it replaced, if that is known.
struct Made {
  const run::Validators& validators;
  const std::string& made_by;
  std::uint64_t payload_bytes = 0;
  std::string payload_sha256;
};
ledger::Kept kept_of(const Made& made, const ledger::Kept* before);
/// The payload and its making are those of `kept`.
bool is_same(const ledger::Kept& kept, const Made& made);
/// After a renewal; `whole_answer`: the upstream sent it all, and it was the same.
void renewed(ledger::Kept& kept, WallTime token, bool whole_answer);

/// `store.staleIfError`: the values at these keys, if they are envelopes of ours of this version, live until
/// they are that old; none shorter than now. What was found there, after it; errors are those of the store.
Result<std::vector<run::Found>> extend_lives(std::span<const std::string> keys, const Target& target,
                                             BootTime until);

}  // namespace prewarm::pipeline

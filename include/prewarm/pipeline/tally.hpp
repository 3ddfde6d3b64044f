// SPDX-License-Identifier: Apache-2.0
// What became of the ids of a fan-out so far: each batch adds its own, the end of the run reads the sum. An
// id counts once: well, fresher, failed or missing. Pure: a value.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "prewarm/base/clock.hpp"
#include "prewarm/run/verdict.hpp"

namespace prewarm::pipeline {

struct Tally {
  std::size_t returned = 0;   // ids that came back
  std::size_t well = 0;       // key and all aliases verified
  std::size_t unchanged = 0;  // of these, renewed in place
  std::size_t fresher = 0;    // a later write of another worker is there: nothing of ours needs repair
  std::size_t failed = 0;     // request, shape, guard, store or verify said no
  std::size_t missing = 0;    // upstream did not send them
  std::vector<std::string> first_missing;  // at most kMissingShown
  std::optional<Error> worst;              // of the failed ids, naming the id
  std::optional<Error> stop;               // a newer version was met: the run is over
  bool refused_by_compare = false;
  std::size_t distrusted = 0;  // ids whose validators have just called two states one
  std::size_t keys_written = 0, aliases_skipped = 0, bytes = 0;
  run::VerifiedWrites proofs;
  Millis shape_took{}, store_took{}, verify_took{};

  static constexpr std::size_t kMissingShown = 10;

  void miss(std::string_view id);
  /// One id, or `count` ids at once, said no to. The worst of several is kept, of equals the first.
  void fail(std::string_view id, Error error, std::size_t count = 1);
  void add(Tally&& other);
  std::size_t done() const noexcept { return well + fresher + failed + missing; }
};

/// Which of two errors decides how a run of many keys ends: newer version, then verify, store, shape and
/// guard, upstream (SURFACE 7); a later write by another worker is none.
int severity_of(ErrorKind kind) noexcept;

}  // namespace prewarm::pipeline

// SPDX-License-Identifier: Apache-2.0
#include "prewarm/pipeline/tally.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "prewarm/run/outcome.hpp"

namespace prewarm::pipeline {

int severity_of(ErrorKind kind) noexcept {
  switch (run::outcome_of(kind)) {
    case run::Outcome::superseded:
      return kind == ErrorKind::later_write ? 0 : 5;
    case run::Outcome::verify_failed:
      return 4;
    case run::Outcome::store_failed:
      return 3;
    case run::Outcome::rejected:
      return 2;
    default:
      return 1;
  }
}

void Tally::miss(std::string_view id) {
  ++missing;
  if (first_missing.size() < kMissingShown) first_missing.emplace_back(id);
}

void Tally::fail(std::string_view id, Error error, std::size_t count) {
  failed += count;
  if (worst && severity_of(worst->kind) >= severity_of(error.kind)) return;
  error.message = std::string(id) + ": " + error.message;
  worst = std::move(error);
}

void Tally::add(Tally&& other) {
  returned += other.returned;
  well += other.well;
  unchanged += other.unchanged;
  fresher += other.fresher;
  failed += other.failed;
  missing += other.missing;
  const std::size_t room = kMissingShown - first_missing.size();
  const std::size_t taken = std::min(room, other.first_missing.size());
  std::move(other.first_missing.begin(), other.first_missing.begin() + static_cast<std::ptrdiff_t>(taken),
            std::back_inserter(first_missing));
  if (other.worst && (!worst || severity_of(other.worst->kind) > severity_of(worst->kind)))
    worst = std::move(other.worst);
  if (other.stop && !stop) stop = std::move(other.stop);
  refused_by_compare = refused_by_compare || other.refused_by_compare;
  distrusted += other.distrusted;
  keys_written += other.keys_written;
  aliases_skipped += other.aliases_skipped;
  bytes += other.bytes;
  proofs.add(std::move(other.proofs));
  shape_took += other.shape_took;
  store_took += other.store_took;
  verify_took += other.verify_took;
}

}  // namespace prewarm::pipeline

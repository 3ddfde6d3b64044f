// SPDX-License-Identifier: Apache-2.0
// One system call of the program fails, with an errno that it may have. Its own calls alone count: those of
// the loader, before it begins, are none of its business. Owned by the thread that traces.
#pragma once

#include "campaign/tracer.hpp"

namespace prewarm::campaign {

class CallFailures : public CallFaults {
 public:
  /// The likeliest errno of each call, or the one after it.
  enum class Which : std::uint8_t { likeliest, other };
  /// `at`: which of the calls that can fail does; 0: none.
  CallFailures(Which which, std::uint64_t at) : which_(which), at_(at) {}

  bool counts(const Call& call) override;
  std::optional<Failure> failure(const Call& call, std::uint64_t number) override;

 private:
  int error_of(const Call& call) const;

  Which which_;
  std::uint64_t at_;
  bool loaded_ = false;
};

}  // namespace prewarm::campaign

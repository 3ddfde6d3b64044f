// SPDX-License-Identifier: Apache-2.0
// With what errno a system call of the program may fail. Its own calls alone: those of the loader, before it
// begins, are none of its business. One owner.
#pragma once

#include "campaign/tracer.hpp"

namespace prewarm::campaign {

class Failures {
 public:
  /// The likeliest errno of each call, or the one after it.
  enum class Which : std::uint8_t { likeliest, other };
  explicit Failures(Which which) : which_(which) {}

  /// 0: it cannot fail, or not with another one.
  int operator()(const Call& call);

 private:
  Which which_;
  bool loaded_ = false;
};

}  // namespace prewarm::campaign

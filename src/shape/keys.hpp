// SPDX-License-Identifier: Apache-2.0
// The keys that a record gives: templates filled from the record before shaping. Pure.
#pragma once

#include "prewarm/shape/shape.hpp"

namespace prewarm::shape {

/// What makes one record's keys.
struct KeySource {
  const std::vector<schedule::KeyTemplate>& templates;  // of the schedule, or those named
  const schedule::KeyNames& names;
  std::string_view id;  // of a fan-out, else empty
  std::string_view record;
};
/// Sets keys and aliases_skipped. Errors: key (PW605) when the first template cannot be filled, key_twice
/// (PW606) when two templates give one key.
Result<void> fill_keys(const KeySource& source, Shaped& shaped);

}  // namespace prewarm::shape

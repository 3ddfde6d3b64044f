// SPDX-License-Identifier: Apache-2.0
// From a sound body to shaped records: the one record of an ordinary answer, or those of a fan-out, each with
// the id it belongs to; and the ids out of the body of an id source. Pure.
#pragma once

#include <span>

#include "prewarm/base/json_index.hpp"
#include "prewarm/shape/shape.hpp"
#include "shape/keys.hpp"

namespace prewarm::shape {

/// select, pick, limit, guard, wrap, keys. Errors: shape, guard, key, key_twice.
Result<Shaped> shape_record(const schedule::Schedule& schedule, const KeySource& source);
/// Sound JSON, and its arrays and objects if they are known (ValueEnds).
struct Text {
  std::string_view bytes;
  std::span<const JsonBracket> brackets{};
};
/// Errors: shape (PW603), when `fanout.records` finds nothing or, with batch > 1, no array.
Result<Records> read_records(const schedule::Schedule& schedule, const Text& text, const Asked& asked);
/// Errors: id_source.
Result<IdPage> read_ids(const schedule::UrlIds& source, std::string_view body, IdList& ids);

}  // namespace prewarm::shape

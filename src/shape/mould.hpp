// SPDX-License-Identifier: Apache-2.0
// From body to value: what `fetch.expect` wants of the body, then `shape.select`, `pick`, `limit` and `as`.
// The body is sound JSON; its own bytes are copied, nothing is printed anew. Pure.
#pragma once

#include "prewarm/shape/shape.hpp"

namespace prewarm::shape {

/// Errors: body (PW523), with the pointer, what came and what was wanted.
Result<void> meet_expectations(const schedule::FetchSpec& fetch, std::string_view body);
/// Fills payload, items, type, value_bytes and empty; at most `most` bytes if it picks. Errors: shape
/// (PW603).
Result<Shaped> mould(const schedule::ShapeSpec& shape, std::string_view body, std::size_t most);
/// The value of a shaped record: its payload without `as`.
std::string_view value_of(const schedule::ShapeSpec& shape, const Shaped& shaped) noexcept;
/// [] {} ""
bool is_empty(std::string_view value);

}  // namespace prewarm::shape

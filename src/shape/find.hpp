// SPDX-License-Identifier: Apache-2.0
// JSON Pointers (RFC 6901) into sound JSON: one alone, or many in one pass over a value. Of repeated members
// the first counts. Not for checking JSON. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "prewarm/schedule/pointer.hpp"

namespace prewarm::shape {

/// Where the value at `pointer` begins, seen from the value at `at`; stops as soon as it is found.
std::optional<std::size_t> find_at(std::string_view text, std::size_t at, const schedule::Pointer& pointer);
/// Its bytes.
std::optional<std::string_view> find_value(std::string_view text, std::size_t at,
                                           const schedule::Pointer& pointer);
/// The bytes of the value that begins at `at`. Of a whole text nothing is searched.
std::string_view value_at(std::string_view text, std::size_t at) noexcept;
/// Why `find_at` found nothing: `/payload has no member "listens"`. Member names are those of the pointer.
std::string why_missing(std::string_view text, std::size_t at, const schedule::Pointer& pointer);

/// Many pointers, found in one pass; their texts must outlive it.
class PointerSet {
 public:
  /// At most 64 that differ at one level (ENSURE).
  explicit PointerSet(const std::vector<const schedule::Pointer*>& pointers);

  /// The value at `at`: found[i] becomes the bytes at pointer i, empty where nothing is. Returns where the
  /// value ends.
  std::size_t find(std::string_view text, std::size_t at, std::vector<std::string_view>& found) const;

 private:
  struct Node {
    std::string_view token;
    std::vector<std::size_t> wanted;  // pointers that end here
    std::vector<Node> children;
  };
  std::size_t find_in(const Node& node, std::string_view text, std::size_t at,
                      std::vector<std::string_view>& found) const;
  std::size_t find_below(const Node& node, std::string_view text, std::size_t at,
                         std::vector<std::string_view>& found) const;

  Node root_;
};

}  // namespace prewarm::shape

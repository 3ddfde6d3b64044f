// SPDX-License-Identifier: Apache-2.0
// Documents through simdjson's DOM, beside which our slices are held: pointers into the tree, values printed
// compact.
#pragma once

#include <simdjson.h>

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "prewarm/base/check.hpp"
#include "prewarm/schedule/pointer.hpp"

namespace prewarm::fuzz {

using Tree = simdjson::dom::element;

inline std::optional<Tree> child_of(const Tree& tree, const std::string& token) {
  if (tree.is_object()) {
    for (const auto [name, child] : simdjson::dom::object(tree))
      if (name == token) return child;
    return std::nullopt;
  }
  if (!tree.is_array() || token.empty() || token.find_first_not_of("0123456789") != std::string::npos ||
      (token.size() > 1 && token[0] == '0') || token.size() > 9)
    return std::nullopt;
  std::size_t left = std::stoul(token);
  for (const Tree child : simdjson::dom::array(tree))
    if (left-- == 0) return child;
  return std::nullopt;
}

/// RFC 6901, of repeated members the first.
inline std::optional<Tree> at(Tree tree, const schedule::Pointer& pointer) {
  for (const std::string& token : pointer.tokens()) {
    const auto child = child_of(tree, token);
    if (!child) return std::nullopt;
    tree = *child;
  }
  return tree;
}

inline std::string compact(const Tree& tree) { return simdjson::minify(tree); }

/// The compact form of a text that the DOM takes. ENSURE.
inline std::string compact(std::string_view text) {
  simdjson::dom::parser parser;
  Tree tree;
  ENSURE(!parser.parse(simdjson::padded_string(text)).get(tree));
  return compact(tree);
}

/// Texts that may be one: numbers of one value, else the same compact form.
inline bool may_agree(const Tree& a, const Tree& b) {
  double x = 0, y = 0;
  if (!a.get(x) && !b.get(y)) return x == y;
  return compact(a) == compact(b);
}

}  // namespace prewarm::fuzz

// SPDX-License-Identifier: Apache-2.0
// A schedule file as a tree that remembers where everything stood: JSON with // and /* */ comments, read by
// nlohmann's SAX parser, whose events are matched with our own walk over the same bytes, because they carry
// no places. Knows nothing of fields. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "prewarm/schedule/finding.hpp"

namespace prewarm::schedule {

inline constexpr std::size_t kMaxFileBytes = 1U << 20;
inline constexpr std::size_t kMaxFileDepth = 16;

enum class NodeKind : std::uint8_t { null, boolean, number, text, list, object };
std::string_view kind_name(NodeKind kind) noexcept;  // "a number"

struct Node {
  NodeKind kind = NodeKind::null;
  std::size_t at = 0;          // byte where it begins
  std::string text;            // a text decoded; a number, boolean or null as written
  std::string name;            // of a member of an object
  std::size_t name_at = 0;     // byte where the name's quote is
  std::vector<Node> children;  // of a list or object, in the order written; of a repeated member the first

  const Node* find(std::string_view member) const noexcept;
  bool scalar() const noexcept { return kind != NodeKind::list && kind != NodeKind::object; }
};

/// The node as compact JSON: no white space, numbers as written.
std::string compact_json(const Node& node);

struct DocumentFault {
  int code = 101;  // PW101 or PW107
  std::size_t at = 0;
  std::string message, remedy;
};

struct Document {
  struct Repeat {  // PW102
    std::size_t at, first_at;
    std::string pointer;
  };
  Node root;
  std::vector<Repeat> repeats;
};
/// The tree, or the first thing that keeps the bytes from being one.
std::variant<Document, DocumentFault> read_document(std::string_view bytes);

/// "/a/b" + "c/d" = "/a/b/c~1d". Nothing is put behind 1 KiB: pointers are for people.
std::string pointer_to(std::string_view parent, std::string_view member);

/// Turns byte offsets into lines and columns, each in the same short time, however long the line is. `text`
/// must outlive it.
class Lines {
 public:
  explicit Lines(std::string_view text);
  Place at(const std::string& file, std::size_t offset) const;

 private:
  std::size_t characters_before(std::size_t offset) const;

  std::string_view text_;
  std::vector<std::size_t> starts_;
  std::vector<std::size_t> counted_;  // characters before each block of bytes
};

}  // namespace prewarm::schedule

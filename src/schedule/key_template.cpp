// SPDX-License-Identifier: Apache-2.0
#include "prewarm/schedule/key_template.hpp"

#include <algorithm>

#include "key_text.hpp"

namespace prewarm::schedule {
namespace {

constexpr std::string_view kReserved = "prewarm";

// What is the same in every key of a template: a literal, or a hole that names fill. Nothing for data.
std::optional<std::string> fixed_text(const KeyPiece& piece, const KeyNames& names) {
  if (const auto* literal = std::get_if<std::string>(&piece)) return *literal;
  const auto* hole = std::get_if<Hole>(&piece);
  if (hole == nullptr || *hole == Hole::id) return std::nullopt;
  if (*hole == Hole::version) return std::to_string(names.version);
  return *hole == Hole::name ? names.name : names.env;
}

// A part with its fixed holes filled; `data` if an id or a value from the record goes into it.
struct FixedPart {
  std::string text;
  bool data = false;
};
FixedPart fixed_part(const KeyPart& part, const KeyNames& names) {
  FixedPart fixed;
  for (const KeyPiece& piece : part) {
    const auto text = fixed_text(piece, names);
    fixed.text += text.value_or("*");
    fixed.data = fixed.data || !text;
  }
  return fixed;
}

template <class Matches>
bool any_piece(const std::vector<KeyPart>& parts, Matches matches) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](const KeyPart& part) { return std::any_of(part.begin(), part.end(), matches); });
}

// What fills the holes for data.
struct KeyData {
  const KeyTemplate::Lookup& lookup;
  std::string_view id;
};

Result<std::string> fill_part(const KeyPart& part, const KeyNames& names, const KeyData& data) {
  std::string out;
  for (const KeyPiece& piece : part) {
    if (auto fixed = fixed_text(piece, names)) {
      out += *fixed;
    } else if (std::holds_alternative<Hole>(piece)) {
      if (data.id.empty()) return Error{ErrorKind::key, "key part {id} has no id that could fill it", ""};
      out += encode_key_text(data.id);
    } else {
      const auto& pointer = *std::get_if<Pointer>(&piece);
      const auto text = data.lookup(pointer);
      if (!text || text->empty())
        return Error{ErrorKind::key, "key part {" + pointer.text() + "} is absent or empty in the record",
                     ""};
      out += encode_key_text(*text);
    }
  }
  return out;
}

}  // namespace

bool is_key_character(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("._@+-").find(c) != std::string_view::npos;
}

bool KeyTemplate::needs_id() const noexcept {
  return any_piece(parts_, [](const KeyPiece& piece) {
    const auto* hole = std::get_if<Hole>(&piece);
    return hole != nullptr && *hole == Hole::id;
  });
}

bool KeyTemplate::needs_record() const noexcept {
  return any_piece(parts_, [](const KeyPiece& piece) { return std::holds_alternative<Pointer>(piece); });
}

std::string KeyTemplate::pattern(const KeyNames& names) const {
  std::string out;
  for (const KeyPart& part : parts_) out += (out.empty() ? "" : ":") + fixed_part(part, names).text;
  return out;
}

Result<std::string> KeyTemplate::fill(const KeyNames& names, const Lookup& lookup,
                                      std::string_view id) const {
  std::string key;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    TRY_ASSIGN(const std::string part, fill_part(parts_[i], names, KeyData{lookup, id}));
    if (i == 0 && part == kReserved)
      return Error{ErrorKind::key, "the key would begin with \"prewarm:\", which is the ledger's", ""};
    key += (i == 0 ? "" : ":") + part;
  }
  if (key.size() > kMaxKeyBytes)
    return Error{ErrorKind::key,
                 "the key would have " + std::to_string(key.size()) + " bytes, more than " +
                     std::to_string(kMaxKeyBytes),
                 ""};
  return key;
}

bool clash(const KeyTemplate& a, const KeyNames& a_names, const KeyTemplate& b, const KeyNames& b_names) {
  if (a.parts().size() != b.parts().size()) return false;
  for (std::size_t i = 0; i < a.parts().size(); ++i) {
    const FixedPart mine = fixed_part(a.parts()[i], a_names);
    const FixedPart other = fixed_part(b.parts()[i], b_names);
    if (!mine.data && !other.data && mine.text != other.text) return false;
  }
  return true;
}

std::string encode_key_text(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (is_key_character(c)) {
      out += c;
      continue;
    }
    const auto code = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[code >> 4U];
    out += kDigits[code & 15U];
  }
  return out;
}

}  // namespace prewarm::schedule

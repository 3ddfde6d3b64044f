// SPDX-License-Identifier: Apache-2.0
#include "prewarm/schedule/key_template.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "key_text.hpp"

namespace prewarm::schedule {
namespace {

constexpr std::string_view kReserved = "prewarm:";
constexpr std::size_t kUsualKeyBytes = 63;  // one allocation, for most keys

void append_name(std::string& out, Hole hole, const KeyNames& names) {
  if (hole == Hole::version)
    out += std::to_string(names.version);
  else
    out += hole == Hole::name ? names.name : names.env;
}

// What is the same in every key of a template: a literal, or a hole that names fill. Nothing for data.
std::optional<std::string> fixed_text(const KeyPiece& piece, const KeyNames& names) {
  if (const auto* literal = std::get_if<std::string>(&piece)) return *literal;
  const auto* hole = std::get_if<Hole>(&piece);
  if (hole == nullptr || *hole == Hole::id) return std::nullopt;
  std::string text;
  append_name(text, *hole, names);
  return text;
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

constexpr auto kKeyCharacters = [] {
  std::array<bool, 256> taken{};
  for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@+-"))
    taken[static_cast<unsigned char>(c)] = true;
  return taken;
}();

void append_key_text(std::string& out, std::string_view text) {
  if (std::all_of(text.begin(), text.end(), is_key_character)) {
    out += text;
    return;
  }
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (is_key_character(c))
      out += c;
    else
      out += {'%', kDigits[code >> 4U], kDigits[code & 15U]};
  }
}

Result<void> append_part(std::string& out, const KeyPart& part, const KeyNames& names, const KeyData& data) {
  for (const KeyPiece& piece : part) {
    if (const auto* literal = std::get_if<std::string>(&piece)) {
      out += *literal;
    } else if (const auto* hole = std::get_if<Hole>(&piece); hole != nullptr && *hole != Hole::id) {
      append_name(out, *hole, names);
    } else if (hole != nullptr) {
      if (data.id.empty()) return Error{ErrorKind::key, "key part {id} has no id that could fill it", ""};
      append_key_text(out, data.id);
    } else {
      const auto& pointer = *std::get_if<Pointer>(&piece);
      const auto text = data.lookup(pointer);
      if (!text || text->empty())
        return Error{ErrorKind::key, "key part {" + pointer.text() + "} is absent or empty in the record",
                     ""};
      append_key_text(out, *text);
    }
  }
  return {};
}

}  // namespace

bool is_key_character(char c) noexcept { return kKeyCharacters[static_cast<unsigned char>(c)]; }

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

KeyTemplate KeyTemplate::named(const KeyNames& names) const {
  KeyTemplate made;
  made.text_ = text_;
  KeyPart& all = made.parts_.emplace_back();
  std::string literal;
  const auto end_literal = [&] {
    if (!literal.empty()) all.emplace_back(std::exchange(literal, {}));
  };
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (i > 0) literal += ':';
    for (const KeyPiece& piece : parts_[i]) {
      if (const auto text = fixed_text(piece, names)) {
        literal += *text;
      } else {
        end_literal();
        all.push_back(piece);
      }
    }
  }
  end_literal();
  return made;
}

Result<std::string> KeyTemplate::fill(const KeyNames& names, const Lookup& lookup,
                                      std::string_view id) const {
  std::string key;
  key.reserve(kUsualKeyBytes);
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (i > 0) key += ':';
    TRY(append_part(key, parts_[i], names, KeyData{lookup, id}));
  }
  if (key.starts_with(kReserved))
    return Error{ErrorKind::key, "the key would begin with \"prewarm:\", which is the ledger's", ""};
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
  std::string out;
  append_key_text(out, text);
  return out;
}

}  // namespace prewarm::schedule

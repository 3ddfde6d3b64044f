// SPDX-License-Identifier: Apache-2.0
#include "prewarm/schedule/key_template.hpp"

#include <algorithm>

#include "key_text.hpp"

namespace prewarm::schedule {
namespace {

constexpr std::string_view kReserved = "prewarm";

const std::string& hole_text(Hole hole, const KeyNames& names, std::string& version) {
  if (hole == Hole::name) return names.name;
  return hole == Hole::env ? names.env : version;
}

// A part with its fixed holes filled; `data` if a value from the record goes into it.
struct FixedPart {
  std::string text;
  bool data = false;
};
FixedPart fixed_part(const KeyPart& part, const KeyNames& names) {
  FixedPart fixed;
  std::string version = std::to_string(names.version);
  for (const KeyPiece& piece : part) {
    if (const auto* literal = std::get_if<std::string>(&piece)) {
      fixed.text += *literal;
    } else if (const auto* hole = std::get_if<Hole>(&piece)) {
      fixed.text += hole_text(*hole, names, version);
    } else {
      fixed.text += '*';
      fixed.data = true;
    }
  }
  return fixed;
}

Result<std::string> fill_part(const KeyPart& part, const KeyNames& names, const KeyTemplate::Lookup& lookup) {
  std::string out;
  std::string version = std::to_string(names.version);
  for (const KeyPiece& piece : part) {
    if (const auto* literal = std::get_if<std::string>(&piece)) {
      out += *literal;
    } else if (const auto* hole = std::get_if<Hole>(&piece)) {
      out += hole_text(*hole, names, version);
    } else {
      const auto& pointer = *std::get_if<Pointer>(&piece);
      const auto text = lookup(pointer);
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

bool KeyTemplate::needs_record() const noexcept {
  return std::any_of(parts_.begin(), parts_.end(), [](const KeyPart& part) {
    return std::any_of(part.begin(), part.end(),
                       [](const KeyPiece& piece) { return std::holds_alternative<Pointer>(piece); });
  });
}

std::string KeyTemplate::pattern(const KeyNames& names) const {
  std::string out;
  for (const KeyPart& part : parts_) out += (out.empty() ? "" : ":") + fixed_part(part, names).text;
  return out;
}

Result<std::string> KeyTemplate::fill(const KeyNames& names, const Lookup& lookup) const {
  std::string key;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    TRY_ASSIGN(const std::string part, fill_part(parts_[i], names, lookup));
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

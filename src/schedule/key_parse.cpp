// SPDX-License-Identifier: Apache-2.0
#include "key_text.hpp"
#include "prewarm/base/json_text.hpp"
#include "prewarm/schedule/key_template.hpp"

namespace prewarm::schedule {
namespace {

// Either a value or why there is none.
template <class T>
using OrFault = std::variant<T, std::string>;

OrFault<KeyPiece> read_hole(std::string_view inside) {
  if (inside == "name") return KeyPiece{Hole::name};
  if (inside == "env") return KeyPiece{Hole::env};
  if (inside == "version") return KeyPiece{Hole::version};
  if (inside == "id") return KeyPiece{Hole::id};
  if (inside.empty()) return std::string("{} is an empty hole");
  if (inside[0] != '/') {
    const std::string hole = "{" + cut_text(inside, 40) + "}";
    return hole +
           " is not known: holes are {name}, {env}, {version}, in a fan-out {id}, and pointers into the "
           "record such as {/username}";
  }
  auto pointer = Pointer::parse(inside);
  if (!pointer.ok()) return pointer.error().message;
  return KeyPiece{std::move(pointer).value()};
}

OrFault<KeyPart> read_part(std::string_view text) {
  KeyPart part;
  if (text.empty()) return std::string("a part is empty");
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '{') {
      const std::size_t end = text.find('}', i);
      if (end == std::string_view::npos) return std::string("a \"{\" has no \"}\"");
      auto hole = read_hole(text.substr(i + 1, end - i - 1));
      if (const auto* fault = std::get_if<std::string>(&hole)) return *fault;
      if (!part.empty() && !std::holds_alternative<std::string>(part.back()))
        return std::string("two holes stand side by side, so two values could make one key");
      part.push_back(std::move(*std::get_if<KeyPiece>(&hole)));
      i = end + 1;
    } else if (is_key_character(text[i])) {
      const std::size_t begin = i;
      while (i < text.size() && is_key_character(text[i])) ++i;
      part.emplace_back(std::string(text.substr(begin, i - begin)));
    } else {
      std::size_t end = i + 1;
      while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) ++end;
      return json_quote(text.substr(i, end - i)) + " cannot be in a key: A-Z a-z 0-9 . _ @ + - can";
    }
  }
  return part;
}

bool holds_env(const std::vector<KeyPart>& parts) {
  for (const KeyPart& part : parts)
    for (const KeyPiece& piece : part)
      if (const auto* hole = std::get_if<Hole>(&piece); hole != nullptr && *hole == Hole::env) return true;
  return false;
}

KeyFault fault_of(int code, std::string reason, std::string_view text) {
  return KeyFault{code, std::move(reason), json_quote(cut_text(mended_key_text(text), 160))};
}

}  // namespace

std::variant<KeyTemplate, KeyFault> KeyTemplate::parse(std::string_view text) {
  // Holes hold few bytes more than they are written with, so this much text never makes a fitting key.
  if (text.size() > 2 * kMaxKeyBytes)
    return KeyFault{121, "is longer than a key may be (512 bytes)", "\"{name}:{env}:v{version}\""};
  KeyTemplate made;
  made.text_ = text;
  std::size_t literal_bytes = 0;
  for (const std::string& part_text : split_key_text(text)) {
    auto part = read_part(part_text);
    if (const auto* fault = std::get_if<std::string>(&part)) return fault_of(120, *fault, text);
    made.parts_.push_back(std::move(*std::get_if<KeyPart>(&part)));
    for (const KeyPiece& piece : made.parts_.back())
      if (const auto* literal = std::get_if<std::string>(&piece)) literal_bytes += literal->size();
  }
  if (literal_bytes + made.parts_.size() - 1 > kMaxKeyBytes)
    return KeyFault{121, "is longer than a key may be (512 bytes)", "\"{name}:{env}:v{version}\""};
  if (made.parts_[0] == KeyPart{std::string("prewarm")})
    return fault_of(122, "begins with \"prewarm\", which is the ledger's own", text);
  if (!holds_env(made.parts_))
    return fault_of(120, "has no {env}: two environments would share one cache", text);
  if (made.parts_.back() != KeyPart{std::string("v"), Hole::version})
    return fault_of(120, "does not end in \"v{version}\": two versions would share one key", text);
  return made;
}

}  // namespace prewarm::schedule

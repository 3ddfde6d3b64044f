// SPDX-License-Identifier: Apache-2.0
// A key template, environment, name and id, a line each; what is left is the text at every pointer of the
// record. A template that is taken gives keys of which the values can be read back, that hold no character
// but those of a key and '%', as many ':' as the template, and 512 bytes at most; two values never give one
// key.
#include <vector>

#include "fuzz/input.hpp"
#include "prewarm/schedule/key_template.hpp"

using namespace prewarm;
using namespace prewarm::schedule;

namespace {

bool is_plain(char c) { return is_digit(c) || is_letter(c) || std::string_view("._@+-").find(c) < 5; }

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      ENSURE(is_plain(text[i]));
      out += text[i];
      continue;
    }
    const std::string digits(text.substr(i + 1, 2));
    ENSURE(digits.size() == 2 && digits.find_first_not_of("0123456789ABCDEF") == std::string::npos);
    out += static_cast<char>(std::stoi(digits, nullptr, 16));
    i += 2;
  }
  return out;
}

// As schedule and environment names are.
std::string word(std::string_view text, std::string_view instead) {
  std::string out;
  for (const char c : text)
    if ((c >= 'a' && c <= 'z') || (!out.empty() && (is_digit(c) || c == '-'))) out += c;
  return out.empty() ? std::string(instead) : out.substr(0, 32);
}

// The values of the holes for data of one part, which has literals between them; found again in the part of a
// key by a plain search, so only where no value holds such a literal.
void check_part(const KeyPart& part, const KeyNames& names, std::string_view text, std::string_view id,
                std::string_view value) {
  std::string expected;
  std::size_t holes = 0;
  for (const KeyPiece& piece : part) {
    if (const auto* literal = std::get_if<std::string>(&piece)) {
      expected += *literal;
    } else if (const auto* hole = std::get_if<Hole>(&piece); hole != nullptr && *hole != Hole::id) {
      expected += *hole == Hole::name  ? names.name
                  : *hole == Hole::env ? names.env
                                       : std::to_string(names.version);
    } else {
      const std::string_view filled = hole != nullptr ? id : value;
      const std::string encoded = encode_key_text(filled);
      ENSURE(decoded(encoded) == filled && text.substr(expected.size(), encoded.size()) == encoded);
      expected += encoded;
      ++holes;
    }
  }
  ENSURE(expected == text);
  for (std::size_t i = 1; i < part.size(); ++i)
    ENSURE(std::holds_alternative<std::string>(part[i]) || std::holds_alternative<std::string>(part[i - 1]));
}

void check_fault(const KeyFault& fault) {
  ENSURE(fault.code == 114 || (fault.code >= 120 && fault.code <= 122));
  ENSURE(!fault.reason.empty() && fault.reason.size() + fault.remedy.size() < 2000);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const std::string_view text = input.line();
  const std::string env = word(input.line(), "production"), name = word(input.line(), "news");
  const std::string id(input.line()), value(input.rest());
  const KeyNames names{name, env, 7};
  for (const std::string& filled : {id, value}) ENSURE(decoded(encode_key_text(filled)) == filled);

  const auto parsed = KeyTemplate::parse(text);
  if (const auto* fault = std::get_if<KeyFault>(&parsed)) return check_fault(*fault), 0;
  const auto& made = std::get<KeyTemplate>(parsed);
  ENSURE(made.text() == text && made.parts().size() >= 2);
  ENSURE(clash(made, names, made, names));
  const KeyTemplate::Lookup lookup = [&](const Pointer&) { return std::optional(value); };
  const auto key = made.fill(names, lookup, id);
  const auto named = made.named(names).fill(names, lookup, id);
  ENSURE(key.ok() == named.ok() && (!key.ok() || *key == *named));
  if (!key) {
    ENSURE(key.error().kind == ErrorKind::key && !key.error().message.empty());
    return 0;
  }
  ENSURE(key->size() <= kMaxKeyBytes && !key->starts_with("prewarm:"));
  for (const char c : *key) ENSURE(is_plain(c) || c == ':' || c == '%');
  std::string_view rest = *key;
  for (const KeyPart& part : made.parts()) {
    const auto colon = rest.find(':');
    check_part(part, names, rest.substr(0, colon), id, value);
    rest.remove_prefix(std::min(rest.size(), colon == std::string_view::npos ? rest.size() : colon + 1));
  }
  ENSURE(rest.empty() && key->ends_with(":v7"));
  ENSURE((":" + *key + ":").find(env) != std::string::npos);  // a part of it, perhaps with more
  if (!made.needs_id() && !made.needs_record()) ENSURE(made.pattern(names) == *key);
  const auto other = made.fill(
      names, [&](const Pointer&) { return std::optional(value + "x"); }, id + "x");
  if (other && (made.needs_id() || made.needs_record())) ENSURE(*other != *key);
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
#include "cron_fault_text.hpp"

#include <array>
#include <cstdint>

#include "prewarm/base/json_text.hpp"

namespace prewarm::schedule {
namespace {

constexpr std::size_t kShown = 60;

// Blocks of ten digits: full-width, Arabic, Persian, Devanagari, Bengali, Thai.
constexpr auto kZeros = std::to_array<std::uint32_t>({0xFF10, 0x0660, 0x06F0, 0x0966, 0x09E6, 0x0E50});

char ascii_of_rune(std::uint32_t rune) {
  for (const std::uint32_t zero : kZeros)
    if (rune >= zero && rune < zero + 10) return static_cast<char>('0' + (rune - zero));
  if (rune >= 0xFF01 && rune <= 0xFF5E) return static_cast<char>(rune - 0xFF01 + '!');  // full-width ASCII
  if ((rune >= 0x2010 && rune <= 0x2015) || rune == 0x2212) return '-';
  if (rune == 0x2217 || rune == 0x00D7 || rune == 0x2731) return '*';
  if (rune == 0x3001 || rune == 0x060C) return ',';
  if (rune == 0x2044 || rune == 0x2215) return '/';
  return '\0';
}

// One character of two or three bytes; 0 and one byte for anything else.
struct Rune {
  std::uint32_t value;
  std::size_t length;
};
Rune read_rune(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i]));
  };
  const auto tail = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xC0) == 0x80; };
  if ((byte(0) & 0xE0) == 0xC0 && tail(1)) return {(byte(0) & 0x1F) << 6 | (byte(1) & 0x3F), 2};
  if ((byte(0) & 0xF0) == 0xE0 && tail(1) && tail(2))
    return {(byte(0) & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F), 3};
  return {0, 1};
}

}  // namespace

std::string shown(std::string_view text) {
  std::string out;
  print_escape_to(out, cut_text(text, kShown));
  return out;
}

std::string in_quotes(std::string_view text) { return "\"" + shown(text) + "\""; }

std::string ascii_of(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (text[0] > ' ' && text[0] <= '~') {
      out += text[0];
      text.remove_prefix(1);
      continue;
    }
    const Rune rune = read_rune(text);
    if (const char c = ascii_of_rune(rune.value); c != '\0') out += c;
    text.remove_prefix(rune.length);
  }
  return out;
}

}  // namespace prewarm::schedule

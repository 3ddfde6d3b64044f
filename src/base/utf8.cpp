// SPDX-License-Identifier: Apache-2.0
#include "prewarm/base/utf8.hpp"

#include <array>

namespace prewarm {
namespace {

// One row of RFC 3629, section 4: first bytes, length of the sequence, second bytes. No overlong forms, no
// surrogates; the third and fourth bytes are always 80..bf.
struct Utf8Row {
  unsigned first_low, first_high;
  std::size_t length;
  unsigned second_low, second_high;
};
constexpr auto kUtf8Rows = std::to_array<Utf8Row>({{0x00, 0x7f, 1, 0x00, 0x00},
                                                   {0xc2, 0xdf, 2, 0x80, 0xbf},
                                                   {0xe0, 0xe0, 3, 0xa0, 0xbf},
                                                   {0xe1, 0xec, 3, 0x80, 0xbf},
                                                   {0xed, 0xed, 3, 0x80, 0x9f},
                                                   {0xee, 0xef, 3, 0x80, 0xbf},
                                                   {0xf0, 0xf0, 4, 0x90, 0xbf},
                                                   {0xf1, 0xf3, 4, 0x80, 0xbf},
                                                   {0xf4, 0xf4, 4, 0x80, 0x8f}});

bool is_between(char c, unsigned low, unsigned high) {
  const auto byte = static_cast<unsigned char>(c);
  return low <= byte && byte <= high;
}

}  // namespace

std::size_t utf8_length(std::string_view text) noexcept {
  if (text.empty()) return 0;
  for (const Utf8Row& row : kUtf8Rows) {
    if (!is_between(text[0], row.first_low, row.first_high)) continue;
    if (row.length == 1) return 1;
    if (text.size() < row.length || !is_between(text[1], row.second_low, row.second_high)) return 0;
    for (std::size_t i = 2; i < row.length; ++i)
      if (!is_between(text[i], 0x80, 0xbf)) return 0;
    return row.length;
  }
  return 0;
}

void append_utf8(std::string& out, char32_t code) {
  const auto put = [&](char32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | (code >> 6));
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3f));
    put(0x80 | ((code >> 6) & 0x3f));
    put(0x80 | (code & 0x3f));
  }
}

}  // namespace prewarm

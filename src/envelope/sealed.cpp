// SPDX-License-Identifier: Apache-2.0
#include "prewarm/envelope/sealed.hpp"

#include <algorithm>

namespace prewarm::envelope {
namespace {

// Takes off `bytes` what is this piece's part of them, from `at` of the piece on; false where they differ.
bool take_same(std::string_view piece, std::size_t& at, std::string_view& bytes) noexcept {
  if (at >= piece.size()) {
    at -= piece.size();
    return true;
  }
  const std::string_view mine = piece.substr(at, bytes.size());
  at = 0;
  if (!bytes.starts_with(mine)) return false;
  bytes.remove_prefix(mine.size());
  return true;
}

}  // namespace

bool Sealed::has(std::size_t at, std::string_view bytes) const noexcept {
  if (!in_pieces()) return at <= whole_.size() && std::string_view(whole_).substr(at).starts_with(bytes);
  return take_same(head_, at, bytes) && take_same(payload_, at, bytes) && take_same("}", at, bytes) &&
         bytes.empty() && at == 0;
}

char* Sealed::copy_to(char* out) const noexcept {
  if (!in_pieces()) return std::copy(whole_.begin(), whole_.end(), out);
  out = std::copy(head_.begin(), head_.end(), out);
  out = std::copy(payload_.begin(), payload_.end(), out);
  *out++ = '}';
  return out;
}

std::string Sealed::text() const {
  std::string text(size(), '\0');
  copy_to(text.data());
  return text;
}

}  // namespace prewarm::envelope

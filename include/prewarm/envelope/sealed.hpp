// SPDX-License-Identifier: Apache-2.0
// An envelope on its way to the store. A megabyte of payload is not copied for its head: the pieces stay
// where they are and meet in the bytes that are sent. Pure: a value.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace prewarm::envelope {

class Sealed {
 public:
  Sealed() = default;
  /// A whole envelope, owned.
  explicit Sealed(std::string whole) : whole_(std::move(whole)) {}
  /// head, payload and "}"; both pieces must outlive it and what is copied from it.
  Sealed(std::string_view head, std::string_view payload) noexcept : head_(head), payload_(payload) {}

  std::size_t size() const noexcept {
    return in_pieces() ? head_.size() + payload_.size() + 1 : whole_.size();
  }
  bool empty() const noexcept { return size() == 0; }
  /// The head, or more of the front.
  std::string_view front() const noexcept { return in_pieces() ? head_ : std::string_view(whole_); }
  /// Whether its bytes from `at` on begin with `bytes`.
  bool has(std::size_t at, std::string_view bytes) const noexcept;
  /// Where there is room for all of it; its end.
  char* copy_to(char* out) const noexcept;
  std::string text() const;

  friend bool operator==(const Sealed& sealed, std::string_view bytes) noexcept {
    return sealed.size() == bytes.size() && sealed.has(0, bytes);
  }

 private:
  bool in_pieces() const noexcept { return !head_.empty(); }

  std::string whole_;
  std::string_view head_, payload_;
};

}  // namespace prewarm::envelope

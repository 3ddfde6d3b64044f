// SPDX-License-Identifier: Apache-2.0
// Text that must not reach a log, page, error, core or envelope (I13): passwords, tokens, filled-in URLs and
// headers. Has no printer and no comparison; `reveal` is called where bytes leave for the wire, nowhere else.
// Wiped when freed. Thread-safe as std::string is.
#pragma once

#include <string>

namespace prewarm {

class Secret {
 public:
  Secret() = default;
  /// Nothing of it is left where it was.
  explicit Secret(std::string&& text) noexcept { take(text); }
  explicit Secret(const std::string& text) : text_(text) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept { take(other.text_); }
  Secret& operator=(const Secret& other) {
    if (this != &other) {
      wipe();
      text_ = other.text_;
    }
    return *this;
  }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      wipe();
      take(other.text_);
    }
    return *this;
  }
  ~Secret() { wipe(); }

  bool empty() const noexcept { return text_.empty(); }
  /// The bytes, valid as long as this object is.
  const std::string& reveal() const noexcept { return text_; }

 private:
  void take(std::string& other) noexcept;
  void wipe() noexcept;
  std::string text_;  // empty: nothing is left of what it held before
};

}  // namespace prewarm

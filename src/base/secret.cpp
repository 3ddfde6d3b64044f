// SPDX-License-Identifier: Apache-2.0
#include "prewarm/base/secret.hpp"

#include <openssl/crypto.h>

namespace prewarm {

namespace {
// A string that is no longer than this has its bytes in itself.
const std::size_t kInPlace = std::string().capacity();
}  // namespace

// A short string that is moved from leaves its bytes behind; of a long one there is nothing left.
void Secret::take(Secret& other) noexcept {
  const bool copied = !other.text_.empty() && other.text_.capacity() <= kInPlace;
  text_ = std::move(other.text_);
  if (copied) other.overwrite();
}

void Secret::wipe() noexcept {
  if (!text_.empty() || text_.capacity() > kInPlace) overwrite();
}

void Secret::overwrite() noexcept {
  // Also of what was moved from: its bytes are still in place.
  // NOLINTNEXTLINE(clang-analyzer-cplusplus.Move)
  text_.resize(text_.capacity());  // all that it ever held
  OPENSSL_cleanse(text_.data(), text_.size());
  text_.clear();
}

}  // namespace prewarm

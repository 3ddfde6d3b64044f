// SPDX-License-Identifier: Apache-2.0
#include "prewarm/base/secret.hpp"

#include <openssl/crypto.h>

#include <utility>

namespace prewarm {

namespace {
// A string that is no longer than this has its bytes in itself.
const std::size_t kInPlace = std::string().capacity();

void overwrite(std::string& text) noexcept {
  // Also of what was moved from: its bytes are still in place.
  // NOLINTNEXTLINE(clang-analyzer-cplusplus.Move)
  text.resize(text.capacity());  // all that it ever held
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}
}  // namespace

// A short string that is moved from leaves its bytes behind; of a long one there is nothing left.
void Secret::take(std::string& other) noexcept {
  const bool copied = !other.empty() && other.capacity() <= kInPlace;
  text_ = std::move(other);
  // NOLINTNEXTLINE(bugprone-use-after-move): its bytes are still in place
  if (copied) overwrite(other);
}

void Secret::wipe() noexcept {
  if (!text_.empty() || text_.capacity() > kInPlace) overwrite(text_);
}

}  // namespace prewarm

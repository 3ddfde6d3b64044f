// SPDX-License-Identifier: Apache-2.0
#include "prewarm/base/secret.hpp"

#include <openssl/crypto.h>

namespace prewarm {

void Secret::wipe() noexcept {
  // The whole capacity: a short string moved out of its small buffer leaves its bytes behind.
  text_.resize(text_.capacity());
  OPENSSL_cleanse(text_.data(), text_.size());
  text_.clear();
}

}  // namespace prewarm

// SPDX-License-Identifier: Apache-2.0
#include "prewarm/base/hash.hpp"

// The plain functions, not the EVP ones: the first EVP digest loads the providers, a tenth of a whole `once`.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

namespace prewarm {

std::uint64_t fnv1a64(std::string_view bytes) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : bytes) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3ULL;
  }
  return hash;
}

std::array<std::uint8_t, 32> sha256(std::string_view bytes) noexcept {
  std::array<std::uint8_t, 32> digest{};
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, bytes.data(), bytes.size());
  SHA256_Final(digest.data(), &context);
  return digest;
}

namespace {
void append_hex(std::string& out, const std::uint8_t* bytes, std::size_t count) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::size_t at = out.size();
  out.resize(at + 2 * count);
  for (std::size_t i = 0; i < count; ++i) {
    out[at++] = kDigits[bytes[i] >> 4U];
    out[at++] = kDigits[bytes[i] & 15U];
  }
}
}  // namespace

std::string sha256_hex(std::string_view bytes, std::size_t digits) {
  std::string out;
  append_hex(out, sha256(bytes).data(), digits / 2);
  return out;
}

std::string sha1_hex(std::string_view bytes) {
  std::array<std::uint8_t, SHA_DIGEST_LENGTH> digest{};
  SHA_CTX context;
  SHA1_Init(&context);
  SHA1_Update(&context, bytes.data(), bytes.size());
  SHA1_Final(digest.data(), &context);
  std::string out;
  append_hex(out, digest.data(), digest.size());
  return out;
}

std::string uuid8(const std::array<std::uint8_t, 32>& digest) {
  std::array<std::uint8_t, 16> id{};
  for (std::size_t i = 0; i < id.size(); ++i) id[i] = digest[i];
  id[6] = static_cast<std::uint8_t>(0x80U | (id[6] & 0x0fU));
  id[8] = static_cast<std::uint8_t>(0x80U | (id[8] & 0x3fU));
  std::string out;
  std::size_t at = 0;
  for (const std::size_t length : {4U, 2U, 2U, 2U, 6U}) {
    if (at != 0) out += '-';
    append_hex(out, id.data() + at, length);
    at += length;
  }
  return out;
}

}  // namespace prewarm

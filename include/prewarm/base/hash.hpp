// SPDX-License-Identifier: Apache-2.0
// The few hashes of the contracts: jitter (FNV-1a-64), run ids and payload fingerprints (SHA-256), names of
// scripts on a Redis server (SHA-1).
// Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace prewarm {

/// FNV-1a, 64 bits (offset basis 0xcbf29ce484222325, prime 0x100000001b3).
std::uint64_t fnv1a64(std::string_view bytes) noexcept;
std::array<std::uint8_t, 32> sha256(std::string_view bytes) noexcept;
/// Lower-case hex of the first `digits` / 2 bytes (digits even, at most 64).
std::string sha256_hex(std::string_view bytes, std::size_t digits = 64);
/// Lower-case hex, 40 digits.
std::string sha1_hex(std::string_view bytes);
/// The first 16 bytes with version 8 and the RFC variant set (RFC 9562):
/// "8a46fec7-e050-8d1e-a5e6-a3d39b7a7023".
std::string uuid8(const std::array<std::uint8_t, 32>& digest);

}  // namespace prewarm

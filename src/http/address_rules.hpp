// SPDX-License-Identifier: Apache-2.0
// Which addresses a transfer may connect to (PROMISES 14): a *name* must not lead into inner ranges, and
// nothing leads to link-local and cloud metadata addresses, unless `allow_net` says so. What the host of a
// URL is decides on its spelling: only a plain address or `localhost` is meant as such; decimal, octal, hex
// or encoded spellings that a library turns into an address count as names. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "prewarm/http/fetcher.hpp"

struct sockaddr;

namespace prewarm::http {

/// Four bytes used if not v6; network order.
struct Address {
  std::array<std::uint8_t, 16> bytes{};
  bool v6 = false;
  friend bool operator==(const Address&, const Address&) = default;
};

/// "127.0.0.1" or "::1", nothing else: no brackets, zone, leading zeros or short forms.
std::optional<Address> parse_address(std::string_view text) noexcept;
/// Of AF_INET or AF_INET6, else nothing.
std::optional<Address> address_of(const sockaddr& peer) noexcept;

enum class HostKind : std::uint8_t { literal, name };
/// `url` as configured; `host` what the library made of it, brackets included.
HostKind host_kind(std::string_view url, std::string_view host) noexcept;

bool may_connect(const Address& address, HostKind kind, const std::vector<AddressRange>& allow_net) noexcept;

}  // namespace prewarm::http

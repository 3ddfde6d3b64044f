// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>

#include "http/address_rules.hpp"

namespace prewarm::http {
namespace {

bool contains(const AddressRange& range, const Address& address) noexcept {
  if (range.v6 != address.v6) return false;
  const int whole = range.bits / 8;
  const auto bytes = static_cast<std::ptrdiff_t>(whole);
  if (!std::equal(range.bytes.begin(), range.bytes.begin() + bytes, address.bytes.begin())) return false;
  if (range.bits % 8 == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xFF << (8 - range.bits % 8));
  const auto at = static_cast<std::size_t>(whole);
  return (range.bytes[at] & mask) == (address.bytes[at] & mask);
}

using Ranges = std::vector<AddressRange>;

Ranges ranges_of(std::initializer_list<std::string_view> texts) {
  Ranges ranges;
  for (const auto text : texts) ranges.push_back(parse_address_range(text).value());
  return ranges;
}

// IANA special-purpose registries, as far as they lead inside. 240.0.0.0/4 holds the broadcast address.
const Ranges& inner_ranges() {
  static const Ranges ranges =
      ranges_of({"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
                 "192.0.0.0/24", "192.168.0.0/16", "224.0.0.0/4", "240.0.0.0/4", "::/127", "64:ff9b:1::/48",
                 "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"});
  return ranges;
}

// Never meant by anybody who writes a schedule: link-local, and where clouds hand out credentials (Alibaba,
// Azure, AWS, GCP; most others are link-local).
const Ranges& forbidden_ranges() {
  static const Ranges ranges = ranges_of(
      {"169.254.0.0/16", "100.100.100.200", "168.63.129.16", "fe80::/10", "fd00:ec2::254", "fd20:ce::254"});
  return ranges;
}

// The IPv4 address that an IPv6 one leads to: mapped, compatible, NAT64 (RFC 6052), 6to4 (RFC 3056).
std::optional<Address> inside_v6(const Address& address) noexcept {
  if (!address.v6) return std::nullopt;
  struct Prefix {
    AddressRange range;
    std::ptrdiff_t at = 0;
  };
  static const std::array<Prefix, 4> prefixes = {{
      {parse_address_range("::ffff:0:0/96").value(), 12},
      {parse_address_range("::/96").value(), 12},
      {parse_address_range("64:ff9b::/96").value(), 12},
      {parse_address_range("2002::/16").value(), 2},
  }};
  for (const Prefix& prefix : prefixes) {
    if (!contains(prefix.range, address)) continue;
    Address v4;
    std::copy_n(address.bytes.begin() + prefix.at, 4, v4.bytes.begin());
    return v4;
  }
  return std::nullopt;
}

bool in_any(const Address& address, const Ranges& ranges) noexcept {
  const auto holds = [&](const Address& one) {
    return std::any_of(ranges.begin(), ranges.end(), [&](const auto& range) { return contains(range, one); });
  };
  const auto inside = inside_v6(address);
  return holds(address) || (inside && holds(*inside));
}

Error bad_range(std::string_view text) {
  return {ErrorKind::invalid, "\"" + std::string(text) + "\" is not an address range",
          "write \"10.0.0.0/8\" or \"fd00::/8\", with no bits set behind the prefix"};
}

bool same_text(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return (x >= 'A' && x <= 'Z' ? static_cast<char>(x + 32) : x) == y;
  });
}

// The authority as written: no user part is taken off, so that one with "@" is never a literal.
std::string_view written_host(std::string_view url) noexcept {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#\\"));
  if (!url.empty() && url.front() == '[') return url.substr(0, url.find(']') + 1);
  return url.substr(0, url.find(':'));
}

std::optional<Address> literal(std::string_view host) noexcept {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    const auto address = parse_address(host.substr(1, host.size() - 2));
    return address && address->v6 ? address : std::nullopt;
  }
  const auto address = parse_address(host);
  return address && !address->v6 ? address : std::nullopt;
}

}  // namespace

std::optional<Address> parse_address(std::string_view text) noexcept {
  std::array<char, INET6_ADDRSTRLEN + 1> copy{};  // inet_pton wants a final NUL
  if (text.size() >= copy.size() || text.find('\0') != std::string_view::npos) return std::nullopt;
  std::copy(text.begin(), text.end(), copy.begin());
  Address address;
  if (inet_pton(AF_INET, copy.data(), address.bytes.data()) == 1) return address;
  address = {{}, true};
  if (inet_pton(AF_INET6, copy.data(), address.bytes.data()) == 1) return address;
  return std::nullopt;
}

std::optional<Address> address_of(const sockaddr& peer) noexcept {
  Address address;
  if (peer.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &peer, sizeof v4);
    std::memcpy(address.bytes.data(), &v4.sin_addr, 4);
    return address;
  }
  if (peer.sa_family != AF_INET6) return std::nullopt;
  sockaddr_in6 v6{};
  std::memcpy(&v6, &peer, sizeof v6);
  address.v6 = true;
  std::memcpy(address.bytes.data(), &v6.sin6_addr, 16);
  return address;
}

HostKind host_kind(std::string_view url, std::string_view host) noexcept {
  const auto written = written_host(url);
  if (same_text(written, "localhost") && same_text(host, "localhost")) return HostKind::literal;
  const auto address = literal(written);
  return address && address == literal(host) ? HostKind::literal : HostKind::name;
}

bool may_connect(const Address& address, HostKind kind, const std::vector<AddressRange>& allow_net) noexcept {
  const bool refused = in_any(address, forbidden_ranges()) ||
                       (kind == HostKind::name && is_inner_address(address.bytes, address.v6));
  return !refused || in_any(address, allow_net);
}

bool is_inner_address(const std::array<std::uint8_t, 16>& bytes, bool v6) noexcept {
  return in_any({bytes, v6}, inner_ranges());
}

Result<AddressRange> parse_address_range(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address) return bad_range(text);
  AddressRange range{address->v6, address->bytes, address->v6 ? 128 : 32};
  if (slash == std::string_view::npos) return range;
  const auto digits = text.substr(slash + 1);
  const int most = range.bits;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), range.bits);
  const bool plain = digits.size() == 1 || (digits.size() > 1 && digits.front() != '0');
  if (error != std::errc() || end != digits.data() + digits.size() || !plain || range.bits < 0 ||
      range.bits > most)
    return bad_range(text);
  for (int bit = range.bits; bit < most; ++bit)
    if ((range.bytes[static_cast<std::size_t>(bit / 8)] & (0x80 >> (bit % 8))) != 0) return bad_range(text);
  return range;
}

}  // namespace prewarm::http

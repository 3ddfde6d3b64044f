// SPDX-License-Identifier: Apache-2.0
// A URL, an address range and an address, a line each. A URL that a schedule may hold is read by libcurl in
// the same way or not at all; whatever a second parser makes of its host, no connection to a denied address
// is allowed for it, and what is denied is worked out here in plain numbers.
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <memory>
#include <optional>

#include "fuzz/input.hpp"
#include "http/address_rules.hpp"
#include "http/origin.hpp"
#include "schedule/url.hpp"

using namespace prewarm;
using namespace prewarm::http;

namespace {

enum class Reach { free, inner, never };

bool in(std::uint32_t address, std::uint32_t net, int bits) { return (address ^ net) >> (32 - bits) == 0; }

Reach reach4(std::uint32_t a) {
  if (in(a, 0xa9fe0000, 16) || a == 0x646464c8 || a == 0xa83f8110) return Reach::never;
  const bool inner = a >> 24 == 0 || a >> 24 == 10 || in(a, 0x64400000, 10) || a >> 24 == 127 ||
                     in(a, 0xac100000, 12) || in(a, 0xc0000000, 24) || in(a, 0xc0a80000, 16) ||
                     a >= 0xe0000000;
  return inner ? Reach::inner : Reach::free;
}

std::uint32_t number4(const std::uint8_t* bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 |
         bytes[3];
}

Reach reach6(const std::array<std::uint8_t, 16>& b) {
  const auto word = [&](std::size_t i) { return b[2 * i] << 8 | b[2 * i + 1]; };
  const auto zeros = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i)
      if (word(i) != 0) return false;
    return true;
  };
  Reach inside = Reach::free;
  const bool nat64 = word(0) == 0x64 && word(1) == 0xff9b && zeros(2, 6);
  if (zeros(0, 6) || (zeros(0, 5) && word(5) == 0xffff) || nat64) inside = reach4(number4(&b[12]));
  if (word(0) == 0x2002) inside = reach4(number4(&b[2]));
  const bool metadata = (word(0) == 0xfd00 && word(1) == 0xec2 && zeros(2, 7) && word(7) == 0x254) ||
                        (word(0) == 0xfd20 && word(1) == 0xce && zeros(2, 7) && word(7) == 0x254);
  if (inside == Reach::never || metadata || (word(0) & 0xffc0) == 0xfe80) return Reach::never;
  const bool inner = (zeros(0, 7) && word(7) <= 1) ||
                     (word(0) == 0x64 && word(1) == 0xff9b && word(2) == 1) || (word(0) & 0xfe00) == 0xfc00 ||
                     (word(0) & 0xffc0) == 0xfec0 || word(0) >= 0xff00;
  return inner || inside == Reach::inner ? Reach::inner : Reach::free;
}

Reach reach(const Address& address) {
  return address.v6 ? reach6(address.bytes) : reach4(number4(address.bytes.data()));
}

void check_address(const Address& address) {
  const Reach way = reach(address);
  ENSURE(may_connect(address, HostKind::name, {}) == (way == Reach::free));
  ENSURE(may_connect(address, HostKind::literal, {}) == (way != Reach::never));
  ENSURE(is_inner_address(address.bytes, address.v6) || way != Reach::inner);
  const AddressRange sole{address.v6, address.bytes, address.v6 ? 128 : 32};
  ENSURE(may_connect(address, HostKind::name, {sole}));
}

// What a name in a URL may come to without any name server: the spellings that libraries take for addresses.
std::optional<Address> resolved(std::string host) {
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* raw = nullptr;
  if (getaddrinfo(host.c_str(), nullptr, &hints, &raw) != 0) return std::nullopt;
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> found(raw, freeaddrinfo);
  return address_of(*found->ai_addr);
}

void check_url(const std::string& text) {
  OriginReader reader;
  const std::optional<Origin> origin = reader.read(text);
  ENSURE(reader.read(text).has_value() == origin.has_value());
  const auto ours = schedule::parse_url(text);
  if (origin) {
    // Plain addresses and "localhost" are meant as such, whatever else a library takes for one is a name.
    if (const auto address = resolved(origin->host)) {
      const bool plain = origin->kind == HostKind::literal;
      if (plain) ENSURE(text.find(':') != std::string::npos);
      ENSURE(may_connect(*address, origin->kind, {}) ==
             (reach(*address) == Reach::free || (plain && reach(*address) == Reach::inner)));
      if (plain) {
        std::string bare = origin->host;
        if (bare.starts_with('[')) bare = bare.substr(1, bare.size() - 2);
        ENSURE(parse_address(bare) == address);
      }
    }
  }
  const auto* url = std::get_if<schedule::Url>(&ours);
  if (!url) return;
  if (!origin) return;  // libcurl refuses it when the request is made
  ENSURE(origin->tls == url->https);
  // libcurl writes an address in its own way.
  const auto mine = resolved(url->host), theirs = resolved(origin->host);
  ENSURE(origin->host == url->host || (mine && mine == theirs));
  const std::string end = std::string(schedule::authority_of(text));
  ENSURE(url->port == 0 || end.ends_with(std::to_string(url->port)));
}

void check_range(std::string_view text) {
  const auto range = parse_address_range(text);
  if (!range) return;
  std::string address(text.substr(0, text.find('/')));
  std::array<std::uint8_t, 16> bytes{};
  ENSURE(inet_pton(range->v6 ? AF_INET6 : AF_INET, address.c_str(), bytes.data()) == 1 &&
         bytes == range->bytes);
  const int most = range->v6 ? 128 : 32;
  ENSURE(range->bits >= 0 && range->bits <= most);
  // The last address of the range is let in by it, the next one is not.
  Address last{bytes, range->v6};
  for (int bit = range->bits; bit < most; ++bit) {
    ENSURE((bytes[static_cast<std::size_t>(bit / 8)] >> (7 - bit % 8) & 1) == 0);
    auto& byte = last.bytes[static_cast<std::size_t>(bit / 8)];
    byte = static_cast<std::uint8_t>(byte | 1U << (7 - bit % 8));
  }
  ENSURE(may_connect(last, HostKind::name, {*range}));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const std::string url(input.line());
  if (url.find('\0') == std::string::npos) check_url(url);
  check_range(input.line());
  const std::string_view text = input.line();
  if (const auto address = parse_address(text)) check_address(*address);
  // The same text as the bytes of an address.
  Address raw;
  raw.v6 = text.size() >= 16;
  std::copy_n(text.begin(), raw.v6 ? 16 : std::min<std::size_t>(text.size(), 4), raw.bytes.begin());
  check_address(raw);
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_test_macros.hpp>

#include "http/address_rules.hpp"

using namespace prewarm;
using namespace prewarm::http;

namespace {

bool inner(std::string_view text) {
  const auto address = parse_address(text);
  REQUIRE(address);
  return is_inner_address(address->bytes, address->v6);
}

bool reachable(std::string_view text, HostKind kind, std::vector<AddressRange> allow_net = {}) {
  const auto address = parse_address(text);
  REQUIRE(address);
  return may_connect(*address, kind, allow_net);
}

AddressRange range(std::string_view text) { return parse_address_range(text).value(); }

}  // namespace

TEST_CASE("both ends of every inner range are inner, their neighbours outside are not") {
  for (const char* text : {"0.0.0.0",
                           "0.255.255.255",
                           "10.0.0.0",
                           "10.255.255.255",
                           "100.64.0.0",
                           "100.127.255.255",
                           "127.0.0.1",
                           "127.255.255.255",
                           "169.254.0.0",
                           "169.254.255.255",
                           "172.16.0.0",
                           "172.31.255.255",
                           "192.0.0.0",
                           "192.168.0.0",
                           "192.168.255.255",
                           "224.0.0.0",
                           "239.255.255.255",
                           "240.0.0.0",
                           "255.255.255.255",
                           "::",
                           "::1",
                           "fc00::",
                           "fdff:ffff::1",
                           "fe80::1",
                           "febf::1",
                           "fec0::1",
                           "feff::1",
                           "ff02::1",
                           "64:ff9b:1::1"}) {
    INFO(text);
    CHECK(inner(text));
  }
  for (const char* text : {"1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
                           "126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255",
                           "172.32.0.0", "192.0.1.0", "192.167.255.255", "192.169.0.0", "223.255.255.255",
                           "2606:4700::1111", "fbff::1", "fe00::1", "fe7f::1"}) {
    INFO(text);
    CHECK_FALSE(inner(text));
  }
}

TEST_CASE("an inner IPv4 address inside an IPv6 one is inner, an outer one is not") {
  for (const char* text : {"::ffff:127.0.0.1", "::ffff:10.1.2.3", "::ffff:169.254.169.254", "::10.0.0.1",
                           "64:ff9b::192.168.0.1", "2002:7f00:1::1", "2002:a9fe:a9fe::"}) {
    INFO(text);
    CHECK(inner(text));
  }
  for (const char* text : {"::ffff:1.1.1.1", "64:ff9b::8.8.8.8", "2002:808:808::1"}) {
    INFO(text);
    CHECK_FALSE(inner(text));
  }
}

TEST_CASE("a name may reach an inner address only where allow-net says so") {
  CHECK(reachable("93.184.216.34", HostKind::name));
  CHECK_FALSE(reachable("10.1.2.3", HostKind::name));
  CHECK(reachable("10.1.2.3", HostKind::name, {range("10.0.0.0/8")}));
  CHECK(reachable("::ffff:10.1.2.3", HostKind::name, {range("10.0.0.0/8")}));
  CHECK_FALSE(reachable("10.1.2.3", HostKind::name, {range("10.2.0.0/16"), range("::/0")}));
  CHECK(reachable("fd12::1", HostKind::name, {range("fd12::/16")}));
}

TEST_CASE("a plain address may be inner, but not link-local or of a metadata service") {
  for (const char* text : {"127.0.0.1", "10.0.0.1", "192.168.1.1", "::1", "fd00::1", "::ffff:10.0.0.1"})
    CHECK(reachable(text, HostKind::literal));
  for (const char* text : {"169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "fe80::1",
                           "fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "168.63.129.16"}) {
    INFO(text);
    CHECK_FALSE(reachable(text, HostKind::literal));
    CHECK_FALSE(reachable(text, HostKind::name));
  }
  CHECK(reachable("169.254.169.254", HostKind::literal, {range("169.254.0.0/16")}));
}

TEST_CASE("only an address written plainly, or localhost, is meant as such") {
  struct Case {
    const char* url;
    const char* host;  // as the library has it
    HostKind kind;
  };
  for (const Case& c : {
           Case{"http://127.0.0.1:80/x", "127.0.0.1", HostKind::literal},
           Case{"https://[::1]/", "[::1]", HostKind::literal},
           Case{"https://[0:0:0:0:0:0:0:1]:8443?q", "[::1]", HostKind::literal},
           Case{"http://LocalHost:9/", "localhost", HostKind::literal},
           Case{"http://127.0.0.1#x", "127.0.0.1", HostKind::literal},
           Case{"http://2130706433/", "127.0.0.1", HostKind::name},
           Case{"http://0177.0.0.1/", "127.0.0.1", HostKind::name},
           Case{"http://127.0.0.01/", "127.0.0.1", HostKind::name},
           Case{"http://0x7f000001/", "127.0.0.1", HostKind::name},
           Case{"http://127.1/", "127.0.0.1", HostKind::name},
           Case{"http://%31%32%37.0.0.1/", "127.0.0.1", HostKind::name},
           Case{"http://127.0.0.1./", "127.0.0.1.", HostKind::name},
           Case{"http://me@127.0.0.1/", "127.0.0.1", HostKind::name},
           Case{"http://[fe80::1%25eth0]/", "[fe80::1]", HostKind::name},
           Case{"http://localhost./", "localhost.", HostKind::name},
           Case{"http://a.localhost/", "a.localhost", HostKind::name},
           Case{"http://api.example.net/", "api.example.net", HostKind::name},
           Case{"http://127.0.0.1/", "evil.example", HostKind::name},
           Case{"", "", HostKind::name},
       }) {
    INFO(c.url);
    CHECK(host_kind(c.url, c.host) == c.kind);
  }
}

TEST_CASE("address ranges are read, a plain address being a range of one") {
  CHECK(range("10.0.0.0/8").bits == 8);
  CHECK(range("0.0.0.0/0").bits == 0);
  CHECK(range("10.1.2.3").bits == 32);
  CHECK(range("::1/128").v6);
  CHECK(range("fd00::/9").bits == 9);
  CHECK(range("fd00::1").bits == 128);
}

TEST_CASE("what is no address range is refused") {
  for (const char* text :
       {"", "/", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/08",
        "10.0.0.0/8 ", " 10.0.0.0/8", "10.0.0/8", "10.0.0.1/8", "fd00::1/64", "010.0.0.0/8", "localhost",
        "10.0.0.0/8/8", "[::1]/128", "::1%lo/128"}) {
    INFO(text);
    const auto result = parse_address_range(text);
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().kind == ErrorKind::invalid);
  }
}

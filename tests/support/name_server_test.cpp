// SPDX-License-Identifier: Apache-2.0
// Asked with the C library's own resolver.
#include "support/name_server.hpp"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <resolv.h>

#include <array>
#include <catch2/catch_test_macros.hpp>

using prewarm::testkit::NameServer;
using Strings = std::vector<std::string>;

namespace {

struct Looked {
  Strings addresses;
  int error = 0;  // of netdb.h
};

Strings addresses_in(const unsigned char* reply, int size, int family) {
  ns_msg message{};
  REQUIRE(ns_initparse(reply, size, &message) == 0);
  Strings all;
  for (int at = 0; at < ns_msg_count(message, ns_s_an); ++at) {
    ns_rr record{};
    REQUIRE(ns_parserr(&message, ns_s_an, at, &record) == 0);
    CHECK(ns_rr_ttl(record) == 0);
    std::array<char, INET6_ADDRSTRLEN> text{};
    all.emplace_back(inet_ntop(family, ns_rr_rdata(record), text.data(), text.size()));
  }
  return all;
}

Looked look_up(const NameServer& server, const char* name, int family = AF_INET) {
  struct __res_state resolver {};
  REQUIRE(res_ninit(&resolver) == 0);
  resolver.nscount = 1;
  resolver.nsaddr_list[0] = {AF_INET, htons(server.port()), {}, {}};
  inet_pton(AF_INET, server.address().c_str(), &resolver.nsaddr_list[0].sin_addr);
  resolver.retrans = resolver.retry = 1;  // a second, once
  std::array<unsigned char, 4096> reply{};
  const int size = res_nquery(&resolver, name, ns_c_in, family == AF_INET ? ns_t_a : ns_t_aaaa, reply.data(),
                              static_cast<int>(reply.size()));
  const int error = size < 0 ? resolver.res_h_errno : 0;
  res_nclose(&resolver);
  return {size < 0 ? Strings{} : addresses_in(reply.data(), size, family), error};
}

}  // namespace

TEST_CASE("a name server tells the addresses of each family") {
  NameServer server(0);
  server.answer("api.example.net", {{"203.0.113.7", "10.0.0.1", "2001:db8::7"}});
  CHECK(look_up(server, "api.example.net").addresses == Strings{"203.0.113.7", "10.0.0.1"});
  CHECK(look_up(server, "api.example.net", AF_INET6).addresses == Strings{"2001:db8::7"});
  CHECK(server.asked("api.example.net") == 1);
}

TEST_CASE("a name server tells another address the second time, and then always") {
  NameServer server(0);
  server.answer("api.example.net", {{"203.0.113.7"}, {"127.0.0.1"}});
  for (const char* address : {"203.0.113.7", "127.0.0.1", "127.0.0.1"})
    CHECK(look_up(server, "api.example.net").addresses == Strings{address});
}

TEST_CASE("a name server tells a name without addresses from one that does not exist") {
  NameServer server(0);
  server.answer("empty.example.net", {{}});
  CHECK(look_up(server, "empty.example.net").error == NO_DATA);
  CHECK(look_up(server, "other.example.net").error == HOST_NOT_FOUND);
}

TEST_CASE("a name server may be silent") {
  NameServer server(0);
  server.ignore("api.example.net");
  CHECK(look_up(server, "api.example.net").error == TRY_AGAIN);
  CHECK(server.asked("api.example.net") == 1);
}

TEST_CASE("each name server has an address or a port of its own") {
  const NameServer one(0), other(0);
  CHECK((one.address() != other.address() || one.port() != other.port()));
}

// SPDX-License-Identifier: Apache-2.0
// Where a transfer may go: names, spellings and addresses (PROMISES 11.C38, C39, 14).
#include <catch2/catch_test_macros.hpp>

#include "http/client.hpp"
#include "http/fake_dns.hpp"
#include "support/upstream.hpp"

using namespace prewarm;
using namespace prewarm::http;
using namespace std::chrono_literals;
using http::test::Client;
using http::test::error_of;
using http::test::FakeDns;
using http::test::kDisplay;
using http::test::request_of;
using testkit::Answer;
using testkit::Family;
using testkit::Gate;
using testkit::Upstream;
using testkit::UpstreamSettings;

namespace {

struct Local {
  Local() {
    upstream.otherwise([](const auto&) { return Answer::json("[1]"); });
  }
  std::string at(const std::string& host) const { return upstream.url_at(host); }
  Upstream upstream;
};

FetcherSettings allowing(const std::string& range) {
  FetcherSettings settings;
  settings.allow_net = {parse_address_range(range).value()};
  return settings;
}

}  // namespace

TEST_CASE("a plain inner address and localhost may be fetched") {
  Local local;
  Client client;
  for (const char* host : {"127.0.0.1", "localhost", "LocalHost", "[::ffff:127.0.0.1]"}) {
    INFO(host);
    CHECK(client.get(local.at(host)).ok());
  }
  UpstreamSettings v6;
  v6.family = Family::v6;
  Upstream six(v6);
  six.otherwise([](const auto&) { return Answer::json("[1]"); });
  CHECK(client.get(six.url_at("[::1]")).ok());
  CHECK(client.get(six.url_at("[0:0:0:0:0:0:0:1]")).ok());
}

TEST_CASE("no other spelling of an inner address is a way in, nor a connection opened before") {
  Local local;
  Client fresh, used;
  CHECK(used.get(local.at("127.0.0.1")).ok());
  for (const char* host : {"2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "127.1",
                           "127.0.1", "%31%32%37.0.0.1", "127.0.0.1.", "localhost.", "a.localhost"}) {
    for (Client* client : {&fresh, &used}) {
      INFO(host);
      const auto error = error_of(client->get(local.at(host)));
      CHECK((error.kind == ErrorKind::address || error.kind == ErrorKind::dns));
    }
  }
  CHECK(local.upstream.accepted() == 1);
  CHECK(local.upstream.requests().size() == 1);
}

TEST_CASE("an odd spelling is told as the address it leads to") {
  Local local;
  Client client;
  const auto error = error_of(client.get(local.at("2130706433")));
  CHECK(error.kind == ErrorKind::address);
  CHECK(error.message == "the host leads to 127.0.0.1, an inner address: " + std::string(kDisplay));
  CHECK_FALSE(error.retryable);
}

TEST_CASE("link-local and metadata addresses are refused however they are written") {
  Client client;
  for (const char* host : {"169.254.169.254", "[::ffff:169.254.169.254]", "[fe80::1]", "[fd00:ec2::254]",
                           "2852039166", "0xa9fea9fe"}) {
    INFO(host);
    auto request = request_of("http://" + std::string(host) + "/latest");
    request.timeout = 5s;
    const BootTime before = client.clock().boot_now();
    CHECK(error_of(client.send(std::move(request))).kind == ErrorKind::address);
    CHECK(client.clock().boot_now() - before < 4s);
  }
}

TEST_CASE("a name without address fails and is retryable") {
  FakeDns dns;
  Client client;
  const auto error = error_of(client.get("http://nobody.test/"));
  CHECK(error.kind == ErrorKind::dns);
  CHECK(error.retryable);
  CHECK(dns.asked() == 1);
}

TEST_CASE("a name that leads inside is refused without a packet, unless allow-net names the range") {
  FakeDns dns;
  Local local;
  dns.answer("inner.test", {"127.0.0.1"});
  Client strict;
  CHECK(error_of(strict.get(local.at("inner.test"))).kind == ErrorKind::address);
  Client elsewhere(allowing("10.0.0.0/8"));
  CHECK(error_of(elsewhere.get(local.at("inner.test"))).kind == ErrorKind::address);
  CHECK(local.upstream.accepted() == 0);
  Client open(allowing("127.0.0.0/8"));
  CHECK(open.get(local.at("inner.test")).ok());
  CHECK(local.upstream.accepted() == 1);
}

TEST_CASE("of a name with several addresses only those outside, or allowed, are tried") {
  FakeDns dns;
  Local local;
  dns.answer("mixed.test", {"169.254.169.254", "10.255.255.1", "127.0.0.1"});
  Client client(allowing("127.0.0.1"));
  CHECK(client.get(local.at("mixed.test")).ok());
}

TEST_CASE("DNS that does not answer costs no more than the timeout, and nobody waits for it") {
  FakeDns dns;
  Local local;
  const auto gate = std::make_shared<Gate>();
  dns.hold("slow.test", gate);
  {
    Client client;
    auto request = request_of(local.at("slow.test"));
    request.timeout = 150ms;
    const BootTime before = client.clock().boot_now();
    const auto error = error_of(client.send(std::move(request)));
    CHECK(error.kind == ErrorKind::timeout);
    CHECK(error.message == "no answer from DNS after 150ms: " + std::string(kDisplay));
    CHECK(client.clock().boot_now() - before < 3s);
    client.fetcher().submit(7, request_of(local.at("slow.test")));
    CHECK(client.fetcher().wait(client.clock().boot_now()).empty());
  }
  gate->open();
}

TEST_CASE("what is not http or https, or carries a user, is not fetched") {
  Local local;
  Client client;
  for (const std::string& url :
       {std::string("file:///etc/hostname"), std::string("ftp://127.0.0.1/"),
        std::string("gopher://127.0.0.1/"), std::string("127.0.0.1/"), std::string(), std::string("http://"),
        local.at("me@127.0.0.1"), local.at("me:word@127.0.0.1")}) {
    INFO(url);
    const auto error = error_of(client.get(url));
    CHECK(error.kind == ErrorKind::address);
    CHECK_FALSE(error.retryable);
  }
  CHECK(local.upstream.accepted() == 0);
}

TEST_CASE("proxies of the environment are ignored") {
  Local local;
  for (const char* name : {"http_proxy", "https_proxy", "all_proxy", "ALL_PROXY"})
    setenv(name, "http://127.0.0.1:1/", 1);
  Client client;
  CHECK(client.get(local.at("127.0.0.1")).ok());
  for (const char* name : {"http_proxy", "https_proxy", "all_proxy", "ALL_PROXY"}) unsetenv(name);
}

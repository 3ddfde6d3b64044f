// SPDX-License-Identifier: Apache-2.0
// TLS: chain and name are always checked, in both directions (PROMISES 14, 15).
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "store/redis_world.hpp"

using namespace prewarm;
using namespace prewarm::store;
using Answer = run::ReadBack::Answer;
using Catch::Matchers::ContainsSubstring;

namespace {

struct TlsWorld : RedisWorld {
  explicit TlsWorld(testkit::CertificateAuthority& authority, testkit::CertificateFiles files,
                    bool client = false, std::vector<std::string> config = {})
      : RedisWorld({.tls = testkit::RedisTls{std::move(files), authority.ca_file(), client},
                    .config = std::move(config)}) {}
  std::string url_for(const std::string& host) {
    return "rediss://" + host + ":" + std::to_string(server().tls_port());
  }
};

StoreSettings trusting(const testkit::CertificateAuthority& authority) {
  auto settings = test_settings();
  settings.ca_file = authority.ca_file();
  return settings;
}

StoreSettings with_certificate(StoreSettings settings, const testkit::CertificateFiles& files) {
  settings.cert_file = files.certificate;
  settings.key_file = files.key;
  return settings;
}

Error error_at(RedisWorld& world, const std::string& url, StoreSettings settings) {
  const auto store = world.store_at(url, std::move(settings));
  const auto probed = store->probe(world.clock().boot_now() + Millis(1000));
  REQUIRE_FALSE(probed.ok());
  return probed.error();
}

}  // namespace

TEST_CASE("values of any size go over TLS, by name and by address") {
  testkit::CertificateAuthority authority;
  TlsWorld world(authority, authority.good());
  for (const char* host : {"localhost", "127.0.0.1"}) {
    const auto store = world.store_at(world.url_for(host), trusting(authority));
    for (const std::size_t bytes : {1U, 300'000U, 5'000'000U}) {
      const auto entry = entry_at(world.clock().wall_now(), 3, "\"" + std::string(bytes, 'x') + "\"");
      const auto answer = write_one(*store, entry, world.soon());
      CHECK(answer.answer == Answer::written);
      CHECK((answer.same));
    }
    store->close();
    CHECK(sure(store->read("recent-listens:test:v3", 10, false, world.soon())).length > 5'000'000);
  }
}

TEST_CASE("a certificate for another name or address is refused, and not asked for again and again") {
  testkit::CertificateAuthority authority;
  TlsWorld other(authority, authority.wrong_name());
  auto error = error_at(other, other.url_for("localhost"), trusting(authority));
  CHECK(error.kind == ErrorKind::unreachable);
  CHECK_FALSE(error.retryable);
  CHECK_THAT(error.message, ContainsSubstring("hostname mismatch"));
  error = error_at(other, other.url_for("127.0.0.1"), trusting(authority));
  CHECK_THAT(error.message, ContainsSubstring("IP address mismatch"));
  CHECK(other.server().command({"DBSIZE"}).number() == 0);

  // A name alone does not vouch for the address it stands for.
  TlsWorld named(authority, authority.issue({.names = {"localhost"}}));
  CHECK_THAT(error_at(named, named.url_for("127.0.0.1"), trusting(authority)).message,
             ContainsSubstring("IP address mismatch"));
  sure(named.store_at(named.url_for("localhost"), trusting(authority))->probe(named.soon()));
}

TEST_CASE("a certificate of another authority, an expired one and one from the future are refused") {
  testkit::CertificateAuthority authority, other;
  TlsWorld world(authority, authority.good());
  CHECK_THAT(error_at(world, world.url_for("localhost"), trusting(other)).message,
             ContainsSubstring("was refused: "));
  CHECK_THAT(error_at(world, world.url_for("localhost"), test_settings()).message,
             ContainsSubstring("was refused: "));
  TlsWorld expired(authority, authority.expired());
  CHECK_THAT(error_at(expired, expired.url_for("localhost"), trusting(authority)).message,
             ContainsSubstring("certificate has expired"));
  TlsWorld early(authority, authority.not_yet_valid());
  CHECK_THAT(error_at(early, early.url_for("localhost"), trusting(authority)).message,
             ContainsSubstring("not yet valid"));
}

TEST_CASE(
    "a server that wants a client certificate gets ours, and says so when it has none or a stranger's") {
  testkit::CertificateAuthority authority, other;
  for (const char* protocols : {"TLSv1.2", "TLSv1.3"}) {
    CAPTURE(protocols);
    TlsWorld world(authority, authority.good(), true, {"tls-protocols " + std::string(protocols)});
    const auto own = with_certificate(trusting(authority), authority.client());
    sure(world.store_at(world.url_for("localhost"), own)->probe(world.soon()));
    for (const auto& settings : {trusting(authority), with_certificate(trusting(authority), other.client()),
                                 with_certificate(trusting(authority), authority.self_signed({}))}) {
      const Error error = error_at(world, world.url_for("localhost"), settings);
      // The alert may be overtaken by the reset of the connection.
      CHECK((error.kind == ErrorKind::store_auth || error.kind == ErrorKind::unreachable));
      CHECK_THAT(error.remedy, ContainsSubstring("--store-cert"));
    }
  }
}

TEST_CASE("a server that speaks only old TLS is refused") {
  testkit::CertificateAuthority authority;
  TlsWorld world(authority, authority.good(), false,
                 {"tls-protocols TLSv1.1", "tls-ciphers ALL:@SECLEVEL=0"});
  const Error error = error_at(world, world.url_for("localhost"), trusting(authority));
  CHECK(error.kind == ErrorKind::unreachable);
  CHECK_THAT(error.message, ContainsSubstring("TLS failed"));
}

TEST_CASE("TLS where none is spoken, and none where TLS is spoken, say so") {
  testkit::CertificateAuthority authority;
  RedisWorld plain({.tcp = true});
  const Error no_tls =
      error_at(plain, "rediss://127.0.0.1:" + std::to_string(plain.server().port()), trusting(authority));
  CHECK(no_tls.kind == ErrorKind::unreachable);
  TlsWorld world(authority, authority.good());
  const Error no_plain =
      error_at(world, "redis://127.0.0.1:" + std::to_string(world.server().tls_port()), test_settings());
  CHECK((no_plain.kind == ErrorKind::unreachable || no_plain.kind == ErrorKind::protocol));
}

TEST_CASE("a stopped server is left at the deadline, also in the middle of the TLS handshake") {
  testkit::CertificateAuthority authority;
  TlsWorld world(authority, authority.good());
  const auto store = world.store_at(world.url_for("localhost"), trusting(authority));
  sure(store->probe(world.soon()));
  world.server().pause();
  const auto start = world.clock().boot_now();
  const auto answer = write_one(*store, entry_at(world.clock().wall_now()), start + Millis(300));
  REQUIRE(answer.error);
  CHECK(answer.error->kind == ErrorKind::no_answer);
  CHECK(store->probe(world.clock().boot_now() + Millis(300)).error().kind == ErrorKind::unreachable);
  CHECK(world.clock().boot_now() - start < std::chrono::seconds(5));
  world.server().resume();
  sure(store->probe(world.soon()));
  world.server().restart();
  CHECK(write_one(*store, entry_at(world.clock().wall_now()), world.soon()).answer == Answer::written);
}

TEST_CASE("files that cannot be used stop the start and are named") {
  testkit::CertificateAuthority authority;
  const testkit::TempDir directory;
  const auto clock = make_system_clock();
  const auto refused = [&](const std::string& url, const StoreSettings& settings) {
    const auto store = make_store(Secret(url), settings, *clock);
    REQUIRE_FALSE(store.ok());
    CHECK(store.error().kind == ErrorKind::invalid);
    CHECK_FALSE(store.error().remedy.empty());
    return store.error().message;
  };
  const std::string url = "rediss://localhost";
  auto settings = test_settings();
  settings.ca_file = directory / "none.pem";
  CHECK_THAT(refused(url, settings), ContainsSubstring("none.pem"));
  settings.ca_file = directory.write("empty.pem", "");
  CHECK_THAT(refused(url, settings), ContainsSubstring("empty.pem"));
  const auto files = authority.client(), others = authority.client();
  settings = trusting(authority);
  settings.cert_file = files.certificate;
  CHECK_THAT(refused(url, settings), ContainsSubstring("needs both"));
  settings.key_file = directory.write("no.key", "x");
  CHECK_THAT(refused(url, settings), ContainsSubstring("no.key"));
  settings.key_file = others.key;
  CHECK_THAT(refused(url, settings), ContainsSubstring(others.key.string()));
  CHECK_THAT(refused("redis://localhost", trusting(authority)), ContainsSubstring("without TLS"));
  CHECK_THAT(refused("redis+unix:///x", trusting(authority)), ContainsSubstring("without TLS"));
}

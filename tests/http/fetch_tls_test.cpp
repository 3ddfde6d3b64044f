// SPDX-License-Identifier: Apache-2.0
// Certificates good and bad, and what ends a TLS connection (PROMISES 11.C33-C35). Each bad one is met by a
// client that does well with the good one.
#include <catch2/catch_test_macros.hpp>

#include "http/client.hpp"
#include "support/certificates.hpp"
#include "support/upstream.hpp"

using namespace prewarm;
using namespace prewarm::http;
using http::test::Client;
using http::test::error_of;
using http::test::request_of;
using testkit::Answer;
using testkit::CertificateAuthority;
using testkit::CertificateFiles;
using testkit::Ending;
using testkit::Framing;
using testkit::TlsSettings;
using testkit::TlsVersions;
using testkit::Upstream;
using testkit::UpstreamSettings;

namespace {

UpstreamSettings https(const CertificateFiles& files, TlsVersions versions = TlsVersions::usual) {
  UpstreamSettings settings;
  settings.tls = TlsSettings{files, {}, versions};
  return settings;
}

Result<Response> fetch(Client& client, const std::string& url, const std::string& ca_file) {
  auto request = request_of(url);
  request.ca_file = ca_file;
  return client.send(std::move(request));
}

// What a server with these files is told by a client that trusts `authority`.
Error refused(const CertificateAuthority& authority, const CertificateFiles& files,
              const std::string& host = "127.0.0.1") {
  Upstream upstream(https(files));
  upstream.otherwise([](const auto&) { return Answer::json("[1]"); });
  Client client;
  auto error = error_of(fetch(client, upstream.url_at(host), authority.ca_file()));
  CHECK(upstream.requests().empty());
  return error;
}

}  // namespace

TEST_CASE("a certificate of the schedule's own CA is good for its names and addresses") {
  CertificateAuthority authority;
  Upstream upstream(https(authority.good()));
  upstream.otherwise([](const auto&) { return Answer::json("[1]"); });
  Client client;
  for (const char* host : {"127.0.0.1", "localhost"}) {
    const auto result = fetch(client, upstream.url_at(host), authority.ca_file());
    INFO(error_of(result).message);
    REQUIRE(result.ok());
    CHECK(result->body == "[1]");
  }
  Upstream chained(https(authority.issue_through_intermediate(CertificateAuthority::local(),
                                                              CertificateAuthority::Chain::whole)));
  chained.otherwise([](const auto&) { return Answer::json("[1]"); });
  CHECK(fetch(client, chained.url(), authority.ca_file()).ok());
}

TEST_CASE("a bad certificate is refused before the request leaves, named, and not retried") {
  CertificateAuthority authority, other("another authority");
  struct Case {
    CertificateFiles files;
    const char* says;
  };
  for (const Case& c : {
           Case{authority.expired(), "has expired"},
           Case{authority.not_yet_valid(), "is not valid yet"},
           Case{authority.wrong_name(), "is for another name"},
           Case{authority.weak_key(), "has a key that is too weak"},
           Case{authority.self_signed(CertificateAuthority::local()), "is self-signed"},
           Case{other.good(), "of a CA that is not trusted"},
           Case{authority.issue_through_intermediate(CertificateAuthority::local(),
                                                     CertificateAuthority::Chain::missing),
                "its chain is incomplete"},
       }) {
    const auto error = refused(authority, c.files);
    INFO(c.says);
    INFO(error.message);
    CHECK(error.kind == ErrorKind::tls);
    CHECK(error.message.find(c.says) != std::string::npos);
    CHECK_FALSE(error.retryable);
  }
}

TEST_CASE("the address of a certificate is not good for a name, nor the name for an address") {
  CertificateAuthority authority;
  auto only_name = CertificateAuthority::local();
  only_name.names = {"localhost"};
  CHECK(refused(authority, authority.issue(only_name)).kind == ErrorKind::tls);
  auto only_address = CertificateAuthority::local();
  only_address.names = {"127.0.0.1"};
  CHECK(refused(authority, authority.issue(only_address), "localhost").kind == ErrorKind::tls);
}

TEST_CASE("a schedule's CA is trusted by that schedule alone, also on a kept connection") {
  CertificateAuthority authority;
  Upstream upstream(https(authority.good()));
  upstream.otherwise([](const auto&) { return Answer::json("[1]"); });
  Client client;
  CHECK(fetch(client, upstream.url(), authority.ca_file()).ok());
  const auto error = error_of(client.get(upstream.url()));
  CHECK(error.kind == ErrorKind::tls);
  CHECK(fetch(client, upstream.url(), authority.ca_file()).ok());
  CHECK(upstream.requests().size() == 2);
}

TEST_CASE("a CA file that cannot be read is named") {
  CertificateAuthority authority;
  Upstream upstream(https(authority.good()));
  Client client;
  const auto error = error_of(fetch(client, upstream.url(), "/nowhere/ca.pem"));
  CHECK(error.kind == ErrorKind::tls);
  CHECK(error.message.find("/nowhere/ca.pem") != std::string::npos);
  CHECK_FALSE(error.retryable);
}

TEST_CASE("TLS below 1.2 ends in the handshake") {
  CertificateAuthority authority;
  Upstream old(https(authority.good(), TlsVersions::only_1_0));
  Client client;
  const auto error = error_of(fetch(client, old.url(), authority.ca_file()));
  CHECK(error.kind == ErrorKind::tls);
  CHECK(error.message.find("handshake failed") != std::string::npos);
}

TEST_CASE("a server that wants a client certificate is told as TLS, with its alert") {
  CertificateAuthority authority;
  UpstreamSettings settings = https(authority.good());
  settings.tls->client_ca = authority.ca_file();
  Upstream upstream(settings);
  Client client;
  const auto error = error_of(fetch(client, upstream.url(), authority.ca_file()));
  INFO(error.message);
  CHECK(error.kind == ErrorKind::tls);
  CHECK(error.message.find("certificate required") != std::string::npos);
}

TEST_CASE("over TLS a body without a length needs the announced end") {
  CertificateAuthority authority;
  Upstream upstream(https(authority.good()));
  Client client;
  const auto answer = Answer::json("[1,2,3]");
  const auto kind = [&](const Answer& given) {
    upstream.on("/x", given);
    const auto result = fetch(client, upstream.url("/x"), authority.ca_file());
    return result.ok() ? ErrorKind::invalid : result.error().kind;
  };
  CHECK(kind(answer.frame(Framing::until_close).end_with(Ending::fin)) == ErrorKind::invalid);
  CHECK(kind(answer.frame(Framing::until_close).end_with(Ending::fin_unannounced)) == ErrorKind::broken);
  CHECK(kind(answer.frame(Framing::until_close).end_with(Ending::reset)) == ErrorKind::broken);
  CHECK(kind(answer.end_with(Ending::fin_unannounced)) == ErrorKind::invalid);
  CHECK(kind(answer.chunked().end_with(Ending::fin_unannounced)) == ErrorKind::invalid);
  CHECK(kind(answer.cut_body(3, Ending::fin_unannounced)) == ErrorKind::broken);
}

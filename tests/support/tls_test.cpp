// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_test_macros.hpp>

#include "support/certificates.hpp"
#include "support/kit_clients.hpp"

using namespace prewarm::testkit;

namespace {

CurlAnswer fetch(const TlsSettings& tls, const std::filesystem::path& trusted, const Answer& answer,
                 const std::string& host = "localhost") {
  Upstream up(UpstreamSettings{.tls = tls});
  up.on("/", answer);
  Curl curl;
  curl.set(CURLOPT_CAINFO, trusted.c_str());
  return curl.get(up.url_at(host));
}

CURLcode fetch_code(const CertificateFiles& files, const std::filesystem::path& trusted) {
  return fetch(TlsSettings{files}, trusted, Answer::json("[1]")).code;
}

}  // namespace

TEST_CASE("a certificate of the trusted authority is taken for its name and its address") {
  CertificateAuthority authority;
  const TlsSettings tls{authority.good()};
  const CurlAnswer by_name = fetch(tls, authority.ca_file(), Answer::json("[1]"));
  CHECK(by_name.code == CURLE_OK);
  CHECK(by_name.body == "[1]");
  CHECK(fetch(tls, authority.ca_file(), Answer::json("[1]"), "127.0.0.1").code == CURLE_OK);
}

TEST_CASE("every other certificate is refused for its own reason") {
  CertificateAuthority authority;
  CertificateAuthority other("another authority");
  const auto trusted = authority.ca_file();
  CHECK(fetch_code(authority.wrong_name(), trusted) == CURLE_PEER_FAILED_VERIFICATION);
  CHECK(fetch_code(authority.expired(), trusted) == CURLE_PEER_FAILED_VERIFICATION);
  CHECK(fetch_code(authority.not_yet_valid(), trusted) == CURLE_PEER_FAILED_VERIFICATION);
  CHECK(fetch_code(authority.self_signed(CertificateAuthority::local()), trusted) ==
        CURLE_PEER_FAILED_VERIFICATION);
  CHECK(fetch_code(other.good(), trusted) == CURLE_PEER_FAILED_VERIFICATION);
  CHECK(fetch_code(authority.weak_key(), trusted) != CURLE_OK);
  using Chain = CertificateAuthority::Chain;
  const auto local = CertificateAuthority::local();
  CHECK(fetch_code(authority.issue_through_intermediate(local, Chain::whole), trusted) == CURLE_OK);
  CHECK(fetch_code(authority.issue_through_intermediate(local, Chain::missing), trusted) ==
        CURLE_PEER_FAILED_VERIFICATION);
}

TEST_CASE("an upstream that speaks TLS 1.0 alone is refused by a client of today and heard by one of then") {
  CertificateAuthority authority;
  const TlsSettings tls{authority.good(), {}, TlsVersions::only_1_0};
  CHECK(fetch(tls, authority.ca_file(), Answer::json("[1]")).code == CURLE_SSL_CONNECT_ERROR);
  Upstream up(UpstreamSettings{.tls = tls});
  up.on("/", Answer::json("[1]"));
  Curl old;
  old.set(CURLOPT_CAINFO, authority.ca_file().c_str());
  old.set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_0));
  old.set(CURLOPT_SSL_CIPHER_LIST, "ALL:@SECLEVEL=0");
  CHECK(old.get(up.url_at("localhost")).body == "[1]");
}

TEST_CASE("a TLS connection can end with and without close_notify") {
  CertificateAuthority authority;
  Upstream up(UpstreamSettings{Family::v4, 0, TlsSettings{authority.good()}});
  const Answer open_ended = Answer::json("[1]").frame(Framing::until_close);
  up.on("/announced", open_ended);
  up.on("/cut", open_ended.end_with(Ending::fin_unannounced));
  const auto last_error = [&](const std::string& path) {
    TlsClient tls(up.port(), authority.ca_file());
    CHECK(tls.shake_hands() == SSL_ERROR_NONE);
    CHECK(tls.send("GET " + path + " HTTP/1.1\r\n\r\n") == SSL_ERROR_NONE);
    std::string heard;
    int error = SSL_ERROR_NONE;
    while (error == SSL_ERROR_NONE) error = tls.receive(heard);
    CHECK(heard.substr(heard.size() - 3) == "[1]");
    return error;
  };
  CHECK(last_error("/announced") == SSL_ERROR_ZERO_RETURN);
  CHECK(last_error("/cut") == SSL_ERROR_SSL);
}

TEST_CASE("misbehaviour works over TLS as well") {
  CertificateAuthority authority;
  const TlsSettings tls{authority.good()};
  const Answer answer = Answer::json("[1,2]");
  CHECK(fetch(tls, authority.ca_file(), answer.cut_body(2)).code == CURLE_PARTIAL_FILE);
  CHECK(fetch(tls, authority.ca_file(), answer.cut_body(2, Ending::reset)).code == CURLE_RECV_ERROR);
  const CurlAnswer big = fetch(tls, authority.ca_file(), Answer::json(std::string(3U << 20, '1')));
  CHECK(big.body.size() == 3U << 20);
}

TEST_CASE("a client without the wanted certificate fails the handshake") {
  CertificateAuthority authority;
  Upstream up(UpstreamSettings{Family::v4, 0, TlsSettings{authority.good(), authority.ca_file()}});
  up.on("/", Answer::json("[1]"));
  Curl curl;
  curl.set(CURLOPT_CAINFO, authority.ca_file().c_str());
  CHECK(curl.get(up.url_at("localhost")).code != CURLE_OK);
  CHECK(up.wait_for_closed(1));
  CHECK(up.failed_handshakes() == 1);
  const CertificateFiles mine = authority.client();
  curl.set(CURLOPT_SSLCERT, mine.certificate.c_str());
  curl.set(CURLOPT_SSLKEY, mine.key.c_str());
  CHECK(curl.get(up.url_at("localhost")).body == "[1]");
}

TEST_CASE("an upstream answers in HTTP/2, and resets a stream or goes away in the middle") {
  CertificateAuthority authority;
  TlsSettings tls{authority.good()};
  tls.http2 = true;
  Upstream up(UpstreamSettings{.tls = tls});
  Curl curl;
  curl.set(CURLOPT_CAINFO, authority.ca_file().c_str());
  curl.set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  const auto answered = [&](const Answer& answer) {
    up.otherwise([answer](const UpstreamRequest&) { return answer; });
    return curl.get(up.url_at("localhost", "/x"));
  };
  const std::string body(200'000, '1');
  const Answer good = Answer::json(body).header("X-Long", std::string(300, 'x'));
  const CurlAnswer whole = answered(good);
  CHECK(whole.code == CURLE_OK);
  CHECK(whole.body == body);
  CHECK(whole.head.find("HTTP/2 200") == 0);
  CHECK(whole.head.find("x-long: " + std::string(300, 'x') + "\r\n") != std::string::npos);
  CHECK(answered(Answer::of(503)).status == 503);
  CHECK(answered(good.cut_body(100'000, Ending::reset)).code == CURLE_HTTP2_STREAM);
  CHECK(answered(good.cut_body(100'000, Ending::fin)).code != CURLE_OK);
  CHECK(answered(good.cut_head(0, Ending::reset)).code == CURLE_HTTP2_STREAM);
  CHECK(answered(good.cut_head(0, Ending::fin)).code != CURLE_OK);
  CHECK(up.requests().at(0).version == "HTTP/2");
  curl.set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl.set(CURLOPT_FRESH_CONNECT, 1L);
  CHECK(answered(good).head.find("HTTP/1.1 200") == 0);
}

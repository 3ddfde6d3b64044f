// SPDX-License-Identifier: Apache-2.0
#include "support/certificates.hpp"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace prewarm::testkit {
namespace {

struct Free {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
  void operator()(X509_EXTENSION* extension) const noexcept { X509_EXTENSION_free(extension); }
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;
using Key = Owned<EVP_PKEY>;
using Certificate = Owned<X509>;

void must(bool done, const char* what) {
  if (done) return;
  std::array<char, 256> reason{};
  ERR_error_string_n(ERR_get_error(), reason.data(), reason.size());
  throw std::runtime_error(std::string("OpenSSL, ") + what + ": " + reason.data());
}

Key make_key(KeyKind kind) {
  Key key(kind == KeyKind::p256 ? EVP_EC_gen("P-256") : EVP_RSA_gen(1024));
  must(key != nullptr, "making a key");
  return key;
}

bool is_address(const std::string& name) {
  std::array<unsigned char, 16> bytes{};
  return inet_pton(AF_INET, name.c_str(), bytes.data()) == 1 ||
         inet_pton(AF_INET6, name.c_str(), bytes.data()) == 1;
}

std::string alternative_names(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names)
    text += (text.empty() ? "" : ",") + std::string(is_address(name) ? "IP:" : "DNS:") + name;
  return text;
}

void extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context{};
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Owned<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  must(extension != nullptr, value.c_str());
  must(X509_add_ext(certificate, extension.get(), -1) == 1, "adding an extension");
}

void give_random_serial(X509* certificate) {
  std::array<unsigned char, 8> bytes{};
  must(RAND_bytes(bytes.data(), bytes.size()) == 1, "RAND_bytes");
  std::uint64_t serial = 0;
  for (const unsigned char byte : bytes) serial = serial << 8 | byte;
  must(ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1 | 1) == 1, "serial");
}

Certificate unsigned_certificate(const CertificateRequest& request, EVP_PKEY* key) {
  Certificate made(X509_new());
  must(made != nullptr && X509_set_version(made.get(), X509_VERSION_3) == 1, "X509_new");
  give_random_serial(made.get());
  X509_gmtime_adj(X509_getm_notBefore(made.get()), request.not_before.count());
  X509_gmtime_adj(X509_getm_notAfter(made.get()), request.not_after.count());
  must(X509_set_pubkey(made.get(), key) == 1, "X509_set_pubkey");
  const auto* name = reinterpret_cast<const unsigned char*>(request.common_name.c_str());
  must(X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_UTF8, name, -1, -1, 0) ==
           1,
       "subject");
  return made;
}

enum class Role : std::uint8_t { authority, end };

/// `issuer` null: signed by its own key.
Certificate sign(const CertificateRequest& request, EVP_PKEY* key, X509* issuer, EVP_PKEY* signer,
                 Role role) {
  Certificate made = unsigned_certificate(request, key);
  X509* parent = issuer != nullptr ? issuer : made.get();
  must(X509_set_issuer_name(made.get(), X509_get_subject_name(parent)) == 1, "issuer");
  extend(made.get(), parent, NID_basic_constraints,
         role == Role::authority ? "critical,CA:TRUE" : "CA:FALSE");
  extend(made.get(), parent, NID_key_usage,
         role == Role::authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
  if (role == Role::end) extend(made.get(), parent, NID_ext_key_usage, "serverAuth,clientAuth");
  extend(made.get(), parent, NID_subject_key_identifier, "hash");
  if (issuer != nullptr) extend(made.get(), parent, NID_authority_key_identifier, "keyid:always");
  if (!request.names.empty())
    extend(made.get(), parent, NID_subject_alt_name, alternative_names(request.names));
  must(X509_sign(made.get(), signer, EVP_sha256()) > 0, "X509_sign");
  return made;
}

template <class Write>
std::string pem(Write write) {
  const Owned<BIO> memory(BIO_new(BIO_s_mem()));
  must(memory != nullptr && write(memory.get()) == 1, "writing PEM");
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
  return pem([&](BIO* out) { return PEM_write_bio_X509(out, certificate); });
}

std::string pem_of(EVP_PKEY* key) {
  return pem(
      [&](BIO* out) { return PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr); });
}

}  // namespace

struct CertificateAuthority::Keys {
  Key key;
  Certificate certificate;
};

CertificateAuthority::CertificateAuthority(std::string common_name) : keys_(std::make_unique<Keys>()) {
  CertificateRequest request;
  request.common_name = std::move(common_name);
  keys_->key = make_key(KeyKind::p256);
  keys_->certificate = sign(request, keys_->key.get(), nullptr, keys_->key.get(), Role::authority);
  directory_.write("ca.pem", pem_of(keys_->certificate.get()));
}

CertificateAuthority::~CertificateAuthority() = default;

std::filesystem::path CertificateAuthority::ca_file() const { return directory_ / "ca.pem"; }

CertificateFiles CertificateAuthority::save(const std::string& certificates, const std::string& key) {
  const std::string number = std::to_string(++issued_);
  return {directory_.write("certificate-" + number + ".pem", certificates),
          directory_.write("key-" + number + ".pem", key)};
}

CertificateFiles CertificateAuthority::issue(const CertificateRequest& request) {
  const Key key = make_key(request.key);
  const Certificate made = sign(request, key.get(), keys_->certificate.get(), keys_->key.get(), Role::end);
  return save(pem_of(made.get()), pem_of(key.get()));
}

CertificateFiles CertificateAuthority::self_signed(const CertificateRequest& request) {
  const Key key = make_key(request.key);
  const Certificate made = sign(request, key.get(), nullptr, key.get(), Role::end);
  return save(pem_of(made.get()), pem_of(key.get()));
}

CertificateFiles CertificateAuthority::issue_through_intermediate(const CertificateRequest& request,
                                                                  Chain chain) {
  CertificateRequest middle;
  middle.common_name = "prewarm test intermediate";
  const Key middle_key = make_key(KeyKind::p256);
  const Certificate between =
      sign(middle, middle_key.get(), keys_->certificate.get(), keys_->key.get(), Role::authority);
  const Key key = make_key(request.key);
  const Certificate made = sign(request, key.get(), between.get(), middle_key.get(), Role::end);
  return save(pem_of(made.get()) + (chain == Chain::whole ? pem_of(between.get()) : ""), pem_of(key.get()));
}

CertificateRequest CertificateAuthority::local() {
  CertificateRequest request;
  request.common_name = "localhost";
  request.names = {"localhost", "127.0.0.1", "::1"};
  return request;
}

CertificateFiles CertificateAuthority::wrong_name() {
  CertificateRequest request = local();
  request.common_name = "elsewhere.example";
  request.names = {"elsewhere.example", "192.0.2.1"};
  return issue(request);
}

CertificateFiles CertificateAuthority::expired() {
  CertificateRequest request = local();
  request.not_before = -std::chrono::hours(48);
  request.not_after = -std::chrono::hours(24);
  return issue(request);
}

CertificateFiles CertificateAuthority::not_yet_valid() {
  CertificateRequest request = local();
  request.not_before = std::chrono::hours(24);
  return issue(request);
}

CertificateFiles CertificateAuthority::weak_key() {
  CertificateRequest request = local();
  request.key = KeyKind::rsa_1024;
  return issue(request);
}

CertificateFiles CertificateAuthority::client(const std::string& common_name) {
  CertificateRequest request;
  request.common_name = common_name;
  return issue(request);
}

}  // namespace prewarm::testkit

// SPDX-License-Identifier: Apache-2.0
// A private certificate authority: makes PEM files with the OpenSSL library in a temporary directory that
// lives as long as the authority. For servers and clients in tests, good ones and every kind that must be
// refused. Keys are P-256 (fast to make) unless a weak one is asked for. Owned by one thread; the files may
// be read by any.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "support/temp_dir.hpp"

namespace prewarm::testkit {

struct CertificateFiles {
  std::filesystem::path certificate;  // PEM: the leaf first, then what leads to the authority
  std::filesystem::path key;          // PEM, no passphrase
};

enum class KeyKind : std::uint8_t { p256, rsa_1024 };  // the latter is below OpenSSL's security level 1

/// What a certificate shall say. Both ends of its validity are counted from now.
struct CertificateRequest {
  std::string common_name = "prewarm test";
  std::vector<std::string> names;  // DNS names and IP addresses, for the subjectAltName
  std::chrono::seconds not_before = -std::chrono::hours(24);
  std::chrono::seconds not_after = std::chrono::hours(24 * 365);
  KeyKind key = KeyKind::p256;
};

class CertificateAuthority {
 public:
  explicit CertificateAuthority(std::string common_name = "prewarm test authority");
  ~CertificateAuthority();
  CertificateAuthority(const CertificateAuthority&) = delete;
  CertificateAuthority& operator=(const CertificateAuthority&) = delete;

  /// What clients and servers are to trust.
  std::filesystem::path ca_file() const;

  CertificateFiles issue(const CertificateRequest& request);
  /// Signed by its own key instead of ours.
  CertificateFiles self_signed(const CertificateRequest& request);
  /// Signed by an intermediate authority whose certificate is in the file or, "no chain", is missing from it.
  enum class Chain : std::uint8_t { whole, missing };
  CertificateFiles issue_through_intermediate(const CertificateRequest& request, Chain chain);

  // The usual ones, for localhost, 127.0.0.1 and ::1.
  CertificateFiles good() { return issue(local()); }
  CertificateFiles wrong_name();
  CertificateFiles expired();
  CertificateFiles not_yet_valid();
  CertificateFiles weak_key();
  CertificateFiles client(const std::string& common_name = "prewarm");
  static CertificateRequest local();

 private:
  struct Keys;
  CertificateFiles save(const std::string& certificates, const std::string& key);

  TempDir directory_;
  std::unique_ptr<Keys> keys_;
  int issued_ = 0;
};

}  // namespace prewarm::testkit

// SPDX-License-Identifier: Apache-2.0
// Scheme and host of a URL as libcurl reads them: what the limits per host and the address rules go by.
// Remembers the last one, because the thousands of URLs of a fan-out differ behind it. Owned by the fetcher's
// thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/address_rules.hpp"

namespace prewarm::http {

struct Origin {
  std::string host;  // lower case, without port, brackets included
  HostKind kind = HostKind::name;
  bool tls = false;
};

class OriginReader {
 public:
  /// Valid until the next call. Nothing: not http or https, a user part, or no URL at all.
  const std::optional<Origin>& read(const std::string& url);

 private:
  bool begins_with_last(std::string_view url) const noexcept;

  std::string
      last_;  // the beginning that `origin_` was read from: "https://api.example.net:8443"; empty: none
  std::optional<Origin> origin_;
};

}  // namespace prewarm::http

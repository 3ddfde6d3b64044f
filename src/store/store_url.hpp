// SPDX-License-Identifier: Apache-2.0
// Where a store is, read from its URL (SURFACE 3):
//
//   sqlite:PATH
//   redis://[user[:password]@]host[:port][/db]     rediss:// the same with TLS
//   redis+unix://PATH[?db=N]
//
// User, password and a socket's path are percent-decoded. Nothing of the URL is in an error text: it may hold
// a password. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "prewarm/base/result.hpp"
#include "prewarm/base/secret.hpp"

namespace prewarm::store {

enum class StoreKind : std::uint8_t { sqlite, redis, redis_tls, redis_unix };

struct StoreUrl {
  StoreKind kind = StoreKind::sqlite;
  std::string path;  // sqlite and unix sockets
  std::string host;  // IPv6 without brackets
  std::uint16_t port = 6379;
  int db = 0;
  std::string user;
  Secret password;
  std::string target;  // the URL again without credentials: safe to show
};

/// Errors: invalid, with the remedy (PW312).
Result<StoreUrl> parse_store_url(std::string_view text);

}  // namespace prewarm::store

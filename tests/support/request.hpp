// SPDX-License-Identifier: Apache-2.0
// A request as an upstream of the kit received it. Reads what HTTP clients send (a length, chunks, Expect)
// and does not judge it. Values; reading belongs to the connection's thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/wire.hpp"

namespace prewarm::testkit {

struct UpstreamRequest {
  std::size_t connection = 0;  // 1 for the first that was accepted
  std::string method, target, version;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;                               // without chunk lines
  std::string head;                               // as received
  std::chrono::steady_clock::time_point arrived;  // CLOCK_MONOTONIC, when its last byte was there

  std::string path() const;   // the target up to '?'
  std::string query() const;  // behind it
  /// The first header of that name in any case.
  std::optional<std::string> header(std::string_view name) const;
};

/// The next request of the connection. `buffer` keeps what was received beyond it. Nothing when the client
/// left, the server stops, or it was not HTTP.
std::optional<UpstreamRequest> read_request(Wire& wire, std::string& buffer);

}  // namespace prewarm::testkit

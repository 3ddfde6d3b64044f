// SPDX-License-Identifier: Apache-2.0
// http and https URLs as schedules may name them (RFC 3986, narrowed): scheme, host, optional port, path and
// query of ASCII; no user, no fragment. Checked here so that the client never meets text that two parsers
// could read two ways. Complaints never quote the URL. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "complaint.hpp"

namespace prewarm::schedule {

inline constexpr std::size_t kMaxUrlBytes = 2048;

struct Url {
  bool https = false;
  std::string host;  // lower case; an IPv6 address keeps its brackets
  int port = 0;      // 0: the scheme's
};
/// PW106 above 2048 bytes, else PW230.
std::variant<Url, Complaint> parse_url(std::string_view text);

/// The text without its query.
std::string without_query(std::string_view text);
/// Names and values of the query of a URL, as written.
std::vector<std::pair<std::string, std::string>> query_of(std::string_view text);
/// "%5B" is "[", "+" a blank, as in a query.
std::string percent_decoded(std::string_view text);
/// What stands between "://" and the path; the whole when there is no "://".
std::string_view authority_of(std::string_view text);

}  // namespace prewarm::schedule

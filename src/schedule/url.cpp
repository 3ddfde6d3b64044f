// SPDX-License-Identifier: Apache-2.0
#include "url.hpp"

#include <arpa/inet.h>

#include <algorithm>

#include "prewarm/base/ascii.hpp"
#include "prewarm/base/json_text.hpp"

namespace prewarm::schedule {
namespace {

constexpr const char* kUserInfo = "holds user info (\"user:password@\")";
constexpr const char* kNoUserInfo = "an \"authorization\" header with ${NAME}";
constexpr const char* kFragment = "a fragment, which is never sent";
constexpr const char* kNoFragment = "take out # and what follows, or write %23";

Complaint bad_url(std::string message, std::string remedy) {
  return Complaint{230, std::move(message), std::move(remedy)};
}

// A character that RFC 3986 has in no URL, or a '%' without two hexadecimal digits.
std::variant<std::monostate, Complaint> check_characters(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto code = static_cast<unsigned char>(text[i]);
    if (code >= 0x80)
      return bad_url("holds a character outside ASCII", "percent-encode its UTF-8 bytes, e.g. \"%C3%A9\"");
    if (code < 0x20 || code == 0x7f) return bad_url("holds a control character", "take it out");
    if (code == ' ') return bad_url("holds a space", "write %20");
    if (std::string_view("\"<>\\^`{|}").find(text[i]) != std::string_view::npos)
      return bad_url("holds " + json_quote(text.substr(i, 1)) + ", which a URL cannot", "percent-encode it");
    if (text[i] == '%' && (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2])))
      return bad_url("holds a % without two hexadecimal digits", "write %25 for a percent sign");
  }
  return std::monostate{};
}

bool is_address(std::string_view inside) {
  in6_addr address{};
  return inet_pton(AF_INET6, std::string(inside).c_str(), &address) == 1;
}

bool is_host_name(std::string_view host) {
  if (host.empty() || host.size() > 253) return false;
  std::size_t label = 0;
  for (const char c : host) {
    if (c == '.') {
      if (label == 0) return false;
      label = 0;
      continue;
    }
    if (!is_digit(c) && !is_letter(c) && c != '-' && c != '_') return false;
    if (++label > 63) return false;
  }
  return label > 0;
}

// Port digits behind the ':'; 0 when they are no port.
int read_port(std::string_view digits) {
  if (digits.empty() || digits.size() > 5 || !std::all_of(digits.begin(), digits.end(), is_digit)) return 0;
  const int port = std::stoi(std::string(digits));
  return port <= 65535 ? port : 0;
}

std::variant<Url, Complaint> parse_authority(std::string_view authority, bool https) {
  Url url;
  url.https = https;
  std::size_t host_end = std::min(authority.find(':'), authority.size());
  if (!authority.empty() && authority[0] == '[') {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos || !is_address(authority.substr(1, close - 1)))
      return bad_url("has no IPv6 address between [ and ]", "e.g. \"http://[::1]:8080/\"");
    host_end = close + 1;
  } else if (!is_host_name(authority.substr(0, host_end))) {
    return bad_url("has no host name that can be looked up", "\"https://api.example.net/items\"");
  }
  url.host = lower(authority.substr(0, host_end));
  const std::string_view rest = authority.substr(host_end);
  if (rest.empty()) return url;
  url.port = rest[0] == ':' ? read_port(rest.substr(1)) : 0;
  if (url.port == 0) return bad_url("has a port that is not 1-65535", "leave it out, or e.g. \":8080\"");
  return url;
}

}  // namespace

std::variant<Url, Complaint> parse_url(std::string_view text) {
  if (text.size() > kMaxUrlBytes)
    return Complaint{106, "has " + std::to_string(text.size()) + " bytes, more than 2048",
                     "put what varies into \"query\""};
  const std::size_t colon = std::min(text.find("://"), text.size());
  const std::string scheme = lower(text.substr(0, std::min<std::size_t>(colon, 8)));
  if (colon == text.size() || (scheme != "http" && scheme != "https"))
    return bad_url("does not begin with https:// or http://", "\"https://api.example.net/items\"");
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  if (!std::ranges::all_of(authority_of(text), is_ascii))
    return bad_url("has a host name outside ASCII",
                   "write its ASCII form (\"idn2 NAME\" tells it), \"xn--…\"");
  auto characters = check_characters(text);
  if (auto* complaint = std::get_if<Complaint>(&characters)) return std::move(*complaint);
  const bool has_user = authority_of(text).find('@') != std::string_view::npos;
  const bool has_fragment = text.find('#') != std::string_view::npos;
  if (has_user && has_fragment)
    return bad_url(std::string(kUserInfo) + ", and " + kFragment,
                   std::string(kNoUserInfo) + "; " + kNoFragment);
  if (has_fragment) return bad_url(std::string("holds ") + kFragment, kNoFragment);
  if (has_user) return bad_url(kUserInfo, kNoUserInfo);
  return parse_authority(authority_of(text), scheme == "https");
}

std::string without_query(std::string_view text) {
  return std::string(text.substr(0, std::min(text.find_first_of("?#"), text.size())));
}

std::vector<std::pair<std::string, std::string>> query_of(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> members;
  const std::size_t mark = text.find('?');
  if (mark == std::string_view::npos) return members;
  text = text.substr(mark + 1, std::min(text.find('#'), text.size()) - mark - 1);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view member = text.substr(0, end);
    const std::size_t equals = std::min(member.find('='), member.size());
    members.emplace_back(member.substr(0, equals), member.substr(std::min(equals + 1, member.size())));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return members;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%' || i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) {
      out += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
    i += 2;
  }
  return out;
}

std::string_view authority_of(std::string_view text) {
  const std::size_t colon = text.find("://");
  if (colon != std::string_view::npos) text.remove_prefix(colon + 3);
  return text.substr(0, std::min(text.find_first_of("/?#"), text.size()));
}

}  // namespace prewarm::schedule

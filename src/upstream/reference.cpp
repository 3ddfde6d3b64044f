// SPDX-License-Identifier: Apache-2.0
#include "upstream/reference.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>
#include "prewarm/base/ascii.hpp"

namespace prewarm::upstream {
namespace {

// Only characters that a URL may hold, as in schedule files.
bool is_readable(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c <= ' ' || c > '~' || std::string_view("\"<>\\^`{|}").find(c) != std::string_view::npos)
      return false;
    if (c == '%' && (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2]))) return false;
  }
  return true;
}

// RFC 3986, appendix B. What is not there is nothing, an empty query is a query.
struct Parts {
  std::optional<std::string_view> scheme{}, authority{}, query{}, fragment{};
  std::string_view path{};
};

Parts parts_of(std::string_view text) {
  Parts parts;
  if (const auto hash = text.find('#'); hash != std::string_view::npos) {
    parts.fragment = text.substr(hash + 1);
    text = text.substr(0, hash);
  }
  if (const auto mark = text.find('?'); mark != std::string_view::npos) {
    parts.query = text.substr(mark + 1);
    text = text.substr(0, mark);
  }
  if (const auto colon = text.find_first_of(":/"); colon != std::string_view::npos && text[colon] == ':') {
    parts.scheme = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  if (text.starts_with("//")) {
    const auto end = std::min(text.find('/', 2), text.size());
    parts.authority = text.substr(2, end - 2);
    text.remove_prefix(end);
  }
  parts.path = text;
  return parts;
}

struct Place {
  std::string_view host;  // an IPv6 address with its brackets
  unsigned port = 0;
};

// Nothing: no port where one should be. User info stays with the host, which is then none of ours.
std::optional<Place> place_of(std::string_view authority, bool https) {
  const auto bracket = authority.rfind(']');
  const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  Place place{authority.substr(0, colon), https ? 443U : 80U};
  if (colon == std::string_view::npos) return place;
  const std::string_view port = authority.substr(colon + 1);
  if (port.empty()) return place;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), place.port);
  if (error != std::errc() || end != port.data() + port.size()) return std::nullopt;
  return place;
}

bool same_authority(const Parts& base, std::string_view authority) {
  const bool https = same_word(*base.scheme, "https");
  const auto ours = place_of(*base.authority, https), theirs = place_of(authority, https);
  return ours && theirs && same_word(ours->host, theirs->host) && ours->port == theirs->port;
}

std::optional<ReferenceFault> fault_of(const Parts& base, const Parts& reference) {
  if (reference.scheme) {
    if (reference.scheme->empty() || !is_letter(reference.scheme->front())) return ReferenceFault::unreadable;
    if (!same_word(*reference.scheme, *base.scheme)) return ReferenceFault::elsewhere;
    if (!reference.authority) return ReferenceFault::unreadable;
  }
  if (reference.authority && !same_authority(base, *reference.authority)) return ReferenceFault::elsewhere;
  return std::nullopt;
}

// RFC 3986, 5.2.4, of a path that begins with a slash.
std::string without_dots(std::string_view path) {
  std::vector<std::string_view> segments;
  bool ends_open = false;  // with a slash that no segment follows
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    const std::string_view segment = path.substr(0, end);
    path.remove_prefix(end);
    ends_open = segment == "." || segment == "..";
    if (segment == ".." && !segments.empty()) segments.pop_back();
    if (!ends_open) segments.push_back(segment);
  }
  std::string out;
  for (const std::string_view segment : segments) (out += '/') += segment;
  if (ends_open || out.empty()) out += '/';
  return out;
}

// RFC 3986, 5.2.2: the path of the whole, not yet without dots.
std::string path_of(const Parts& base, const Parts& reference) {
  const std::string_view path = reference.path;
  if (reference.authority) return path.empty() ? "/" : std::string(path);
  if (path.empty()) return base.path.empty() ? "/" : std::string(base.path);
  if (path.front() == '/') return std::string(path);
  const auto slash = base.path.rfind('/');
  return slash == std::string_view::npos ? "/" + std::string(path)
                                         : std::string(base.path.substr(0, slash + 1)) + std::string(path);
}

}  // namespace

std::variant<Resolved, ReferenceFault> resolve(std::string_view base, std::string_view reference) {
  if (!is_readable(reference)) return ReferenceFault::unreadable;
  const Parts ours = parts_of(base), theirs = parts_of(reference);
  if (const auto fault = fault_of(ours, theirs)) return *fault;
  Resolved resolved;
  resolved.url = std::string(*ours.scheme) + "://" + std::string(*ours.authority);
  resolved.url += without_dots(path_of(ours, theirs));
  const bool keeps_query = !theirs.authority && theirs.path.empty() && !theirs.query;
  if (const auto& query = keeps_query ? ours.query : theirs.query) (resolved.url += '?') += *query;
  resolved.has_fragment = theirs.fragment && !theirs.fragment->empty();
  return resolved;
}

}  // namespace prewarm::upstream

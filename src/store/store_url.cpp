// SPDX-License-Identifier: Apache-2.0
#include "store/store_url.hpp"

#include <sys/un.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

#include "prewarm/store/store.hpp"

namespace prewarm::store {
namespace {

constexpr int kMaxDb = 999'999;  // what a server has is its own business
constexpr std::size_t kMaxSocketPath = sizeof(sockaddr_un{}.sun_path) - 1;

Error wrong(const std::string& what, const std::string& remedy) {
  return {ErrorKind::invalid, "the store URL " + what, remedy};
}

Error bad_credentials() {
  return wrong(
      "has a user or password with an unescaped '@', '/', ':' or '%'",
      "percent-encode it (@ is %40, % is %25), or set PREWARM_STORE_USER and PREWARM_STORE_PASSWORD");
}

std::optional<int> number_in(std::string_view text, int least, int most) {
  int value = 0;
  const char* end = text.data() + text.size();
  const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  const auto [stop, failed] = std::from_chars(text.data(), end, value);
  if (!digits || failed != std::errc() || stop != end || value < least || value > most) return std::nullopt;
  return value;
}

// Made where it is wanted, so that no copy of a password stays behind.
std::optional<std::string> percent_decoded(std::string_view text) {
  std::optional<std::string> out(std::in_place);
  out->reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      *out += text[i];
      continue;
    }
    unsigned byte = 0;
    const std::string_view digits = text.substr(i + 1, 2);
    const char* end = digits.data() + digits.size();
    if (digits.size() != 2 || std::from_chars(digits.data(), end, byte, 16).ptr != end || byte == 0) {
      out.reset();
      return out;
    }
    *out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; });
}

// Takes what stands before the first `mark` off the front; nothing if there is no mark.
std::optional<std::string_view> take_until(std::string_view& rest, char mark) {
  const std::size_t at = rest.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view taken = rest.substr(0, at);
  rest.remove_prefix(at + 1);
  return taken;
}

Result<void> read_credentials(std::string_view text, StoreUrl& url) {
  const std::size_t colon = text.find(':');
  const std::string_view password = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  auto user = percent_decoded(text.substr(0, colon));
  auto decoded = percent_decoded(password);
  if (!user || !decoded || password.find(':') != std::string_view::npos) return bad_credentials();
  if (has_control(*user)) return wrong("has a user with a control character", "take it out");
  url.user = *std::move(user);
  url.password = Secret(*std::move(decoded));
  return {};
}

Result<void> read_port(std::string_view text, StoreUrl& url) {
  const auto port = number_in(text, 1, 65535);
  if (!port) return wrong("has a port that is not 1..65535", "e.g. redis://cache.example.net:6379/0");
  url.port = static_cast<std::uint16_t>(*port);
  return {};
}

Result<void> read_db(std::string_view text, StoreUrl& url) {
  const auto db = number_in(text, 0, kMaxDb);
  if (!db)
    return wrong("has a database that is not a number",
                 "e.g. /0 behind host and port, ?db=0 behind a socket");
  url.db = *db;
  return {};
}

bool is_host(std::string_view text) {
  return !text.empty() && text.size() <= 253 && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_';
  });
}

bool is_address6(std::string_view text) {
  return text.find(':') != std::string_view::npos &&
         text.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
}

Result<void> read_host(std::string_view text, StoreUrl& url) {
  const Error remedy = wrong("has no host that could be a name or an address",
                             "e.g. redis://cache.example.net:6379/0 or redis://[2001:db8::1]:6379/0");
  if (text.starts_with('[')) {
    text.remove_prefix(1);
    const auto address = take_until(text, ']');
    if (!address || !is_address6(*address)) return remedy;
    url.host = *address;
    if (text.empty()) return {};
    if (text.front() != ':') return remedy;
    return read_port(text.substr(1), url);
  }
  const std::size_t colon = text.find(':');
  url.host = text.substr(0, colon);
  if (!is_host(url.host)) return remedy;
  return colon == std::string_view::npos ? Result<void>() : read_port(text.substr(colon + 1), url);
}

Result<void> read_redis(std::string_view rest, StoreUrl& url) {
  if (rest.find_first_of("?#") != std::string_view::npos)
    return wrong("has a query or fragment",
                 "leave it out: redis://host:port/db is all there is; escape ? and # in a password");
  const std::size_t at = rest.rfind('@');
  const std::size_t first_slash = rest.find('/');
  // An '@' or '/' inside the credentials would shift what is taken for the host.
  if (at != std::string_view::npos) {
    if (rest.find('@') != at || first_slash < at) return bad_credentials();
    TRY(read_credentials(rest.substr(0, at), url));
    rest.remove_prefix(at + 1);
  }
  std::string_view place = rest;
  if (const std::size_t slash = rest.find('/'); slash != std::string_view::npos) {
    place = rest.substr(0, slash);
    if (slash + 1 < rest.size()) TRY(read_db(rest.substr(slash + 1), url));
  }
  TRY(read_host(place, url));
  const bool is_six = url.host.find(':') != std::string::npos;
  url.target = (url.kind == StoreKind::redis ? "redis://" : "rediss://") +
               (is_six ? "[" + url.host + "]" : url.host) + ":" + std::to_string(url.port) + "/" +
               std::to_string(url.db);
  return {};
}

Result<void> read_unix(std::string_view rest, StoreUrl& url) {
  std::string_view place = rest;
  if (const std::size_t mark = rest.find('?'); mark != std::string_view::npos) {
    place = rest.substr(0, mark);
    const std::string_view query = rest.substr(mark + 1);
    if (!query.starts_with("db="))
      return wrong("has an unknown parameter", "redis+unix:///run/redis.sock?db=0; login outside the URL");
    TRY(read_db(query.substr(3), url));
  }
  const auto path = percent_decoded(place);
  if (!path || !path->starts_with('/'))
    return wrong("names no absolute path of a socket",
                 "e.g. redis+unix:///run/redis.sock; login by PREWARM_STORE_USER and PREWARM_STORE_PASSWORD");
  if (has_control(*path)) return wrong("names a socket path with a control character", "take it out");
  if (path->size() > kMaxSocketPath)
    return wrong("names a socket path of more than " + std::to_string(kMaxSocketPath) + " bytes",
                 "move the socket");
  url.path = *path;
  url.target = "redis+unix://" + url.path + "?db=" + std::to_string(url.db);
  return {};
}

Result<void> read_sqlite(std::string_view rest, StoreUrl& url) {
  // Neither a temporary nor an in-memory database keeps anything.
  if (rest.empty() || rest.starts_with(':'))
    return wrong("names no file", "e.g. sqlite:prewarm.db or sqlite:/var/lib/prewarm/prewarm.db");
  url.path = rest;
  url.target = "sqlite:" + url.path;
  return {};
}

}  // namespace

Result<StoreUrl> parse_store_url(std::string_view text) {
  const auto read = [&](StoreKind kind, std::string_view scheme, auto reader) -> Result<StoreUrl> {
    StoreUrl url;
    url.kind = kind;
    TRY(reader(text.substr(scheme.size()), url));
    return url;
  };
  if (has_control(text) || (text.find(' ') != std::string_view::npos && !text.starts_with("sqlite:")))
    return wrong("has a blank or control character", "take it out");
  if (text.starts_with("sqlite:")) return read(StoreKind::sqlite, "sqlite:", read_sqlite);
  if (text.starts_with("redis://")) return read(StoreKind::redis, "redis://", read_redis);
  if (text.starts_with("rediss://")) return read(StoreKind::redis_tls, "rediss://", read_redis);
  if (text.starts_with("redis+unix://")) return read(StoreKind::redis_unix, "redis+unix://", read_unix);
  return wrong(text.empty() ? "is empty" : "begins with no scheme known here",
               "sqlite:PATH, redis://host:port/db, rediss://host:port/db (TLS) or redis+unix://PATH");
}

bool url_holds_password(std::string_view url) {
  if (url.starts_with("sqlite:")) return false;
  // Also in a URL that would not parse: what is refused must not stay in the process list either.
  if (url.find("password=") != std::string_view::npos) return true;
  const std::size_t at = url.rfind('@');
  if (at == std::string_view::npos) return false;
  const std::size_t slashes = url.find("//");
  const std::size_t from =
      slashes == std::string_view::npos || slashes > at ? url.find(':') + 1 : slashes + 2;
  const std::string_view login = url.substr(std::min(from, at), at - std::min(from, at));
  const std::size_t colon = login.find(':');
  return colon != std::string_view::npos && colon + 1 < login.size();
}

}  // namespace prewarm::store

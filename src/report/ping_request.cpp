// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "prewarm/base/json_text.hpp"
#include "prewarm/base/time_text.hpp"
#include "prewarm/report/heartbeat.hpp"

namespace prewarm::report {
namespace {

using run::PingKind;
using schedule::HeartbeatStyle;

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U; }

// The first `characters` characters (code points) of UTF-8 text.
std::string_view first_characters(std::string_view text, std::size_t characters) {
  std::size_t seen = 0;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (!is_continuation(text[i]) && seen++ == characters) return text.substr(0, i);
  return text;
}

// At most `bytes` bytes, cut between characters.
std::string_view first_bytes(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  std::size_t end = bytes;
  for (int step = 0; step < 3 && end > 0 && is_continuation(text[end]); ++step) --end;
  return text.substr(0, end);
}

// RFC 3986 unreserved characters stay, all else is %XX.
std::string percent_encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (letter || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
      continue;
    }
    out += '%';
    out += kHex[byte >> 4U];
    out += kHex[byte & 15U];
  }
  return out;
}

// The ping URL in the parts that styles extend: path and query; a fragment never leaves.
struct Url {
  std::string path, query;

  explicit Url(const std::string& text) : path(text.substr(0, text.find('#'))) {
    const std::size_t mark = path.find('?');
    if (mark == std::string::npos) return;
    query = path.substr(mark + 1);
    path.resize(mark);
  }
  void append_path(std::string_view part) {
    if (!path.empty() && path.back() == '/') path.pop_back();
    path += part;
  }
  void append_query(std::string_view name, std::string_view value) {
    if (!query.empty()) query += '&';
    query += name;
    query += '=';
    query += percent_encode(value);
  }
  std::string text() const { return query.empty() ? path : path + "?" + query; }
};

http::Request post(const Ping& ping, const std::string& url, std::string body, const char* type) {
  http::Request request;
  request.url = Secret(url);
  request.display = ping_display(ping);
  request.post = true;
  request.max_bytes = Bytes{64U << 10};  // services answer "OK"; nothing of it is read
  request.body = Secret(std::move(body));
  request.headers = {{"content-type", Secret(type)}, {"user-agent", Secret("prewarm/" PREWARM_VERSION)}};
  return request;
}

constexpr const char* kPlain = "text/plain; charset=utf-8";

// Whom to ask and where to read, behind the reason: "\nowner: web\nrunbook: https://…".
std::string further_lines(const Ping& ping) {
  std::string text;
  for (const auto& [name, value] : {std::pair{"owner", &ping.owner}, {"runbook", &ping.runbook}}) {
    if (value->empty()) continue;
    text += "\n" + std::string(name) + ": ";
    print_escape_to(text, *value);
  }
  return text;
}

// A long reason is cut, never what stands behind it.
std::string plain_body(const Ping& ping) {
  const std::string further = further_lines(ping);
  const std::size_t left = kMaxPingBody - std::min(further.size(), kMaxPingBody);
  return std::string(first_bytes(ping_body(ping), left)) + std::string(first_bytes(further, kMaxPingBody));
}

http::Request healthchecks(const Ping& ping) {
  Url url(ping.heartbeat.url.reveal());
  if (ping.kind == PingKind::start) url.append_path("/start");
  if (ping.kind == PingKind::fail) url.append_path("/fail");
  url.append_query("rid", ping.rid);
  return post(ping, url.text(), plain_body(ping), kPlain);
}

std::optional<http::Request> betterstack(const Ping& ping) {
  if (ping.kind == PingKind::start) return std::nullopt;
  Url url(ping.heartbeat.url.reveal());
  if (ping.kind == PingKind::fail) url.append_path("/fail");
  return post(ping, url.text(), plain_body(ping), kPlain);
}

http::Request cronitor(const Ping& ping) {
  Url url(ping.heartbeat.url.reveal());
  const std::string_view state =
      ping.kind == PingKind::start ? "run" : (ping.kind == PingKind::success ? "complete" : "fail");
  url.append_query("state", state);
  url.append_query("series", ping.rid);
  if (ping.kind == PingKind::fail)
    url.append_query("message", first_characters(ping_body(ping), kMaxCronitorMessage));
  return post(ping, url.text(), {}, kPlain);
}

std::string generic_body(const Ping& ping, std::string_view message) {
  JsonObject body;
  body.add("event", ping_kind_text(ping.kind)).add("schedule", ping.schedule).add("env", ping.env);
  body.add("rid", ping.rid);
  if (!ping.run_id.empty()) body.add("run_id", ping.run_id);
  body.add("slot", slot_text(ping.slot));
  if (!ping.outcome.empty()) body.add("outcome", ping.outcome);
  if (!ping.reason.empty()) body.add("reason", ping.reason);
  if (ping.code != 0) body.add("code", code_text(ping.code));
  if (!message.empty()) body.add("message", message);
  if (!ping.owner.empty()) body.add("owner", ping.owner);
  if (!ping.runbook.empty()) body.add("runbook", ping.runbook);
  return body.text();
}

http::Request generic(const Ping& ping) {
  std::string_view message = ping.message;
  std::string body = generic_body(ping, message);
  // Escapes make a text longer by up to six times, so the length is tried, not computed.
  while (body.size() > kMaxPingBody && !message.empty()) {
    message = first_bytes(message, message.size() / 2);
    body = generic_body(ping, message);
  }
  return post(ping, Url(ping.heartbeat.url.reveal()).text(), std::move(body), "application/json");
}

}  // namespace

std::string ping_display(const Ping& ping) {
  const std::string& url = ping.heartbeat.url.reveal();
  const std::size_t scheme = url.find("://");
  if (scheme == std::string::npos) return "heartbeat";
  const std::size_t begin = scheme + 3;
  std::string host = url.substr(begin, url.find_first_of("/?#", begin) - begin);
  host.erase(0, host.rfind('@') + 1);  // user info; npos + 1 is 0
  return url.substr(0, begin) + host;
}

std::string ping_body(const Ping& ping) {
  if (ping.kind == PingKind::start) return {};
  std::string text;
  if (ping.kind != PingKind::success) {
    text = ping.outcome;
    if (!ping.reason.empty()) text += " " + ping.reason;
    if (ping.code != 0) text += (text.empty() ? "" : " ") + code_text(ping.code);
    if (!text.empty()) text += ": ";
  }
  print_escape_to(text, ping.message);  // pointers of the schedule file stand in it as they are there
  return text;
}

std::optional<http::Request> ping_request(const Ping& ping) {
  if (ping.kind == PingKind::none) return std::nullopt;
  switch (ping.heartbeat.style) {
    case HeartbeatStyle::healthchecks:
      return healthchecks(ping);
    case HeartbeatStyle::betterstack:
      return betterstack(ping);
    case HeartbeatStyle::cronitor:
      return cronitor(ping);
    case HeartbeatStyle::generic:
      return generic(ping);
  }
  return std::nullopt;
}

}  // namespace prewarm::report

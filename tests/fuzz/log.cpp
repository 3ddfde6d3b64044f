// SPDX-License-Identifier: Apache-2.0
// Whatever texts come into a log line, it is one line of JSON that another parser reads back to the same
// texts; for people it is one line that steers no terminal. The bodies and URLs of heartbeats alike. The
// first line is the event's message, the second the name of a field, the rest its value.
#include <simdjson.h>

#include "fuzz/input.hpp"
#include "prewarm/base/json.hpp"
#include "prewarm/base/json_walk.hpp"
#include "prewarm/base/log.hpp"
#include "prewarm/report/heartbeat.hpp"

using namespace prewarm;

namespace {

// No control character of C0, DEL or C1, no line separator: well-formed UTF-8 alone.
bool is_harmless(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) return false;
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
    if (byte == 0xc2 && next >= 0x80 && next <= 0x9f) return false;
    if (text.substr(i, 3) == "\xe2\x80\xa8" || text.substr(i, 3) == "\xe2\x80\xa9") return false;
  }
  return simdjson::validate_utf8(text.data(), text.size());
}

std::string member(const simdjson::dom::element& object, std::string_view name) {
  std::string_view text;
  ENSURE(!object[name].get(text));
  return std::string(text);
}

void check_texts(const std::string& text) {
  const std::string quoted = json_quote(text);
  ENSURE(!scan_json(quoted) && is_harmless(quoted));
  const bool sound = simdjson::validate_utf8(text.data(), text.size());
  if (sound) ENSURE(json_unquote(quoted) == text);
  std::string printed;
  print_escape_to(printed, text);
  ENSURE(is_harmless(printed));
  for (const std::size_t most :
       {std::size_t{0}, std::size_t{1}, std::size_t{7}, text.size() / 2, text.size()}) {
    const std::string cut = cut_text(text, most);
    ENSURE(cut.size() <= most + 3);
    if (sound) ENSURE(simdjson::validate_utf8(cut.data(), cut.size()));
  }
}

void check_line(const LogSettings& settings, const LogLine& line) {
  const std::string json = json_line(settings, line);
  ENSURE(!scan_json(json) && is_harmless(json));
  static simdjson::dom::parser parser;
  simdjson::dom::element object;
  ENSURE(!parser.parse(json).get(object) && object.is_object());
  ENSURE(member(object, "event") == line.event && member(object, "env") == "production");
  if (line.msg.size() <= 2000 && simdjson::validate_utf8(line.msg.data(), line.msg.size()))
    ENSURE(member(object, "msg") == line.msg);
  ENSURE(simdjson::dom::object(object).size() == 6 + line.fields.size());
  ENSURE(is_harmless(human_line(settings, line)));
}

void check_ping(report::Ping ping) {
  for (const auto kind : {run::PingKind::start, run::PingKind::success, run::PingKind::fail})
    for (const auto style : {schedule::HeartbeatStyle::healthchecks, schedule::HeartbeatStyle::betterstack,
                             schedule::HeartbeatStyle::cronitor, schedule::HeartbeatStyle::generic}) {
      ping.kind = kind;
      ping.heartbeat.style = style;
      const auto request = ping_request(ping);
      if (!request) continue;
      const std::string& url = request->url.reveal();
      ENSURE(url.starts_with("https://beat.example.net/") && request->display == "https://beat.example.net");
      for (const char c : url) ENSURE(c > ' ' && c <= '~');
      const std::string& body = request->body.reveal();
      ENSURE(body.size() <= report::kMaxPingBody);
      ENSURE(simdjson::validate_utf8(body.data(), body.size()));
      if (style == schedule::HeartbeatStyle::generic) ENSURE(!scan_json(body) && is_harmless(body));
      for (const char c : body) ENSURE(static_cast<unsigned char>(c) >= ' ' || c == '\n');
      for (const auto& [name, value] : request->headers) ENSURE(fuzz::is_printable(value.reveal()));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  LogLine line;
  line.level = static_cast<Level>(input.left().size() % 4);
  line.event = "run.ended";
  line.msg = input.line();
  const std::string name(input.line()), value(input.rest());
  line.fields = {
      {name, value}, {"code", std::int64_t{530}}, {"dry_run", true}, {"missing", std::vector{value, name}}};
  LogSettings settings;
  settings.env = "production";
  settings.worker = value;
  check_line(settings, line);
  check_texts(value);
  report::Ping ping;
  ping.schedule = "news";
  ping.env = name;
  ping.rid = "8a46fec7-e050-8d1e-a5e6-a3d39b7a7023";
  ping.heartbeat.url = Secret("https://beat.example.net/uuid?a=b");
  ping.outcome = "upstream_failed";
  ping.reason = "http_5xx";
  ping.code = 530;
  ping.message = line.msg;
  ping.owner = cut_text(value, 400);  // as long as a schedule file may have them
  ping.runbook = cut_text(name, 400);
  check_ping(std::move(ping));
  return 0;
}

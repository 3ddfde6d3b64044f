// SPDX-License-Identifier: Apache-2.0
// Readers of what goes to the upstream and may hold secrets: URL, query, headers, body, heartbeat. Their
// complaints never quote the value.
#include <algorithm>
#include <array>

#include "prewarm/base/json_text.hpp"
#include "readers.hpp"
#include "url.hpp"
#include "variables.hpp"

namespace prewarm::schedule {
namespace {

constexpr auto kOwnHeaders = std::to_array<std::string_view>(
    {"host", "content-length", "transfer-encoding", "connection", "accept-encoding"});
// Compared in lower case without '-' and '_'.
constexpr auto kSecretHeaders = std::to_array<std::string_view>(
    {"authorization", "proxyauthorization", "cookie", "xapikey", "apikey", "xauthtoken", "xaccesstoken",
     "authtoken", "privatetoken", "xtoken", "xsecret"});
constexpr auto kSecretMembers =
    std::to_array<std::string_view>({"apikey", "token", "accesstoken", "authtoken", "secret", "clientsecret",
                                     "password", "passwd", "pwd", "accesskey", "privatekey", "secretkey"});

std::string folded(std::string_view name) {
  std::string out;
  for (const char c : name)
    if (c != '-' && c != '_') out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}
template <std::size_t N>
bool one_of(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

struct Outcome {
  bool sound = false;
  bool whole = false;  // every variable had a value
  TextPieces pieces{};
};

// The text of a node, filled; everything wrong with it is said.
Outcome fill_node(const Reading& in, FillRules rules, FilledText& out) {
  Outcome outcome;
  auto parsed = parse_text(in.node.text);
  if (auto* complaint = std::get_if<Complaint>(&parsed)) {
    in.refuse(std::move(*complaint));
    return outcome;
  }
  outcome.pieces = std::move(*std::get_if<TextPieces>(&parsed));
  Filled filled = fill_text(outcome.pieces, in.draft.input, rules);
  outcome.sound = true;
  outcome.whole = !filled.unset;
  for (Complaint& complaint : filled.complaints) {
    const bool forgiven = complaint.code == 301 && in.draft.input.allow_unset;
    outcome.sound = outcome.sound && forgiven;
    in.refuse(std::move(complaint));
    if (forgiven) in.draft.findings.back().severity = Severity::warning;
  }
  out.written = shown_text(outcome.pieces);
  out.value = Secret(std::move(filled.text));
  return outcome;
}

bool refuse_text(const Reading& in) {
  const std::string remedy = in.node.kind == NodeKind::number || in.node.kind == NodeKind::boolean
                                 ? "the same in quotes"
                                 : "a text in quotes";
  return refuse_kind(in, "a text", remedy);
}

bool refuse_written_secret(const Reading& in) {
  return in.refuse(232, "holds a secret: whoever reads the file has it",
                   "\"${NAME}\", and NAME in the worker's environment");
}

bool has_holes(const Reading& in, std::string_view name) {
  if (name.find("${") == std::string_view::npos) return false;
  in.refuse_name(302, "has ${...} in its name, where it is not filled in", "fill in values only");
  return true;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

}  // namespace

namespace {

// What the file itself says of the URL, before any variable is looked at.
bool check_written_url(const Reading& in, const std::string& written) {
  bool sound = true;
  for (const auto& [name, value] : query_of(written))
    if (one_of(kSecretMembers, folded(name)) && !value.empty() && value.find("${") == std::string::npos)
      sound = refuse_written_secret(in);
  if (written.find("{id}") != std::string::npos)
    sound = in.refuse(114, "holds {id}, but a run makes one request and nothing fills it in",
                      "write the id itself, or ${NAME}");
  return sound;
}

void warn_of_plain_http(const Reading& in, const Url& url) {
  if (url.https) return;
  in.refuse(231, "is plain http: whoever is on the way can read and change it",
            "https://, or \"allow\": [\"PW231\"]");
}

}  // namespace

bool read_url(const Reading& in) {
  FetchSpec& fetch = in.draft.schedule.fetch;
  if (in.node.kind != NodeKind::text) return refuse_text(in);
  const Outcome outcome = fill_node(in, {}, fetch.url);
  if (!outcome.sound) return false;
  const std::string& written = fetch.url.written;
  fetch.display_url = without_query(written);
  if (!check_written_url(in, written)) return false;
  if (!outcome.whole) return true;
  auto parsed = parse_url(fetch.url.value.reveal());
  if (auto* complaint = std::get_if<Complaint>(&parsed)) return in.refuse(std::move(*complaint));
  const Url& url = *std::get_if<Url>(&parsed);
  // A host that comes out of a variable is named as the file names it.
  const std::string_view host = authority_of(written);
  fetch.host = host.find("${") == std::string_view::npos ? url.host : std::string(host);
  warn_of_plain_http(in, url);
  return true;
}

bool read_heartbeat(const Reading& in) {
  if (in.node.kind != NodeKind::text) return refuse_text(in);
  FilledText url;
  const Outcome outcome = fill_node(in, FillRules{true, false}, url);
  if (!outcome.sound) return false;
  if (!outcome.whole || url.value.empty()) return true;
  auto parsed = parse_url(url.value.reveal());
  if (auto* complaint = std::get_if<Complaint>(&parsed)) return in.refuse(std::move(*complaint));
  warn_of_plain_http(in, *std::get_if<Url>(&parsed));
  in.draft.schedule.heartbeat.url = std::move(url.value);
  return true;
}

namespace {

bool read_query_value(const Reading& in, const std::string& name) {
  if (in.node.kind != NodeKind::text) return refuse_text(in);
  FilledText value;
  const Outcome outcome = fill_node(in, {}, value);
  if (!outcome.sound) return false;
  if (one_of(kSecretMembers, folded(name)) && !has_variable(outcome.pieces) && !in.node.text.empty())
    return refuse_written_secret(in);
  in.draft.schedule.fetch.query.emplace_back(name, std::move(value));
  return true;
}

// RFC 9110 token.
bool is_header_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

std::string lower(std::string_view name) {
  std::string out;
  for (const char c : name) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

bool header_allowed(const Reading& in) {
  const std::string& name = in.node.name;
  if (has_holes(in, name)) return false;
  if (!is_header_name(name))
    return in.refuse_name(236, "is not a header name", "letters, digits and - such as \"x-request-id\"");
  if (one_of(kOwnHeaders, lower(name)))
    return in.refuse_name(236, "is set by prewarm itself and cannot be changed", "take it out");
  for (const auto& [other, value] : in.draft.schedule.fetch.headers)
    if (lower(other) == lower(name))
      return in.refuse_name(236, "is there twice, as " + json_quote(other) + " too", "take one out");
  return true;
}

bool read_header(const Reading& in) {
  const bool allowed = header_allowed(in);
  if (in.node.kind != NodeKind::text) return refuse_text(in);
  FilledText value;
  const Outcome outcome = fill_node(in, {}, value);
  if (!outcome.sound || !allowed) return false;
  if (std::any_of(in.node.text.begin(), in.node.text.end(), is_control))
    return in.refuse(306, "holds a control character, e.g. a new line", "one line of text");
  if (one_of(kSecretHeaders, folded(in.node.name)) && !has_variable(outcome.pieces) && !in.node.text.empty())
    return refuse_written_secret(in);
  in.draft.schedule.fetch.headers.emplace_back(in.node.name, std::move(value));
  return true;
}

// Appends `in` as compact JSON to both texts, its own texts filled in.
bool fill_json(const Reading& in, FilledText& out) {
  const Node& node = in.node;
  std::string written;
  std::string filled;
  bool sound = true;
  if (node.kind == NodeKind::text) {
    FilledText text;
    sound = fill_node(in, FillRules{false, true}, text).sound;
    written = json_quote(text.written);
    filled = "\"" + text.value.reveal() + "\"";
  } else if (node.scalar()) {
    written = filled = node.text;
  } else {
    FilledText inner;
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      const Reading child = in.inside(node.children[i], i);
      if (node.kind == NodeKind::object && has_holes(child, child.node.name)) sound = false;
      FilledText value;
      if (!fill_json(child, value)) sound = false;
      const std::string name = node.kind == NodeKind::object ? json_quote(child.node.name) + ":" : "";
      written += (i == 0 ? "" : ",") + name + value.written;
      filled += (i == 0 ? "" : ",") + name + value.value.reveal();
    }
    const bool object = node.kind == NodeKind::object;
    written = (object ? "{" : "[") + written + (object ? "}" : "]");
    filled = (object ? "{" : "[") + filled + (object ? "}" : "]");
  }
  out = FilledText{std::move(written), Secret(std::move(filled))};
  return sound;
}

}  // namespace

bool read_query(const Reading& in) {
  if (in.node.kind != NodeKind::object) return refuse_kind(in, "an object", "e.g. { \"count\": \"25\" }");
  bool sound = within_count(in, "members");
  for (std::size_t i = 0; i < in.node.children.size(); ++i) {
    const Reading member = in.inside(in.node.children[i], i);
    if (has_holes(member, member.node.name)) sound = false;
    if (member.node.name.empty()) sound = member.refuse_name(106, "has an empty name", "name it");
    if (member.node.kind != NodeKind::list) {
      if (!read_query_value(member, member.node.name)) sound = false;
      continue;
    }
    if (!within_count(member, "elements")) sound = false;
    for (std::size_t j = 0; j < member.node.children.size(); ++j)
      if (!read_query_value(member.inside(member.node.children[j], j), member.node.name)) sound = false;
  }
  return sound;
}

bool read_headers(const Reading& in) {
  if (in.node.kind != NodeKind::object)
    return refuse_kind(in, "an object", "e.g. { \"authorization\": \"Bearer ${NAME}\" }");
  bool sound = within_count(in, "headers");
  for (std::size_t i = 0; i < in.node.children.size(); ++i)
    if (!read_header(in.inside(in.node.children[i], i))) sound = false;
  return sound;
}

bool read_body(const Reading& in) {
  FilledText body;
  FetchSpec& fetch = in.draft.schedule.fetch;
  fetch.body_is_json = in.node.kind != NodeKind::text;
  const bool sound = fetch.body_is_json ? fill_json(in, body) : fill_node(in, {}, body).sound;
  if (!sound) return false;
  const std::size_t size = body.value.reveal().size();
  if (size > static_cast<std::size_t>(in.field.range.most))
    return in.refuse(106, "has " + std::to_string(size) + " bytes, more than 64KiB", "a shorter body");
  fetch.body = std::move(body);
  return true;
}

}  // namespace prewarm::schedule

// SPDX-License-Identifier: Apache-2.0
// Readers of what else a request says: query, headers, body.
#include <algorithm>
#include <array>

#include "filling.hpp"
#include "prewarm/base/ascii.hpp"
#include "prewarm/base/json_text.hpp"

namespace prewarm::schedule {
namespace {

using Headers = std::vector<std::pair<std::string, FilledText>>;

constexpr auto kOwnHeaders = std::to_array<std::string_view>(
    {"host", "content-length", "transfer-encoding", "connection", "accept-encoding"});

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::size_t most_of(const Reading& in) { return static_cast<std::size_t>(in.field.range.most); }

bool read_query_value(const Reading& in, const std::string& name) {
  if (in.node.kind != NodeKind::text) return refuse_text(in);
  FilledText value;
  const Filling filling = fill_node(in, {}, value);
  if (!filling.sound) return false;
  if (is_secret_parameter(name) && !has_variable(filling.pieces) && !in.node.text.empty())
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

bool header_allowed(const Reading& in, const Headers& others) {
  const std::string& name = in.node.name;
  if (has_holes_in_name(in)) return false;
  if (!is_header_name(name))
    return in.refuse_name(236, "is not a header name", "letters, digits and - such as \"x-request-id\"");
  if (std::find(kOwnHeaders.begin(), kOwnHeaders.end(), lower(name)) != kOwnHeaders.end())
    return in.refuse_name(236, "is set by prewarm itself and cannot be changed", "take it out");
  if (others.size() > most_of(in)) return true;  // too many to compare with each other, and told so
  for (const auto& [other, value] : others)
    if (lower(other) == lower(name))
      return in.refuse_name(236, "is there twice, as " + json_quote(other) + " too", "take one out");
  return true;
}

bool read_header(const Reading& in, Headers& headers) {
  const bool allowed = header_allowed(in, headers);
  if (in.node.kind != NodeKind::text) return refuse_text(in);
  FilledText value;
  const Filling filling = fill_node(in, {}, value);
  if (!filling.sound || !allowed) return false;
  if (std::any_of(in.node.text.begin(), in.node.text.end(), is_control))
    return in.refuse(306, "holds a control character, e.g. a new line", "one line of text");
  if (is_secret_header(in.node.name) && !has_variable(filling.pieces) && !in.node.text.empty())
    return refuse_written_secret(in);
  headers.emplace_back(in.node.name, std::move(value));
  return true;
}

bool fill_json(const Reading& in, FilledText& out);

// The elements or members of `in`, separated by commas.
bool fill_children(const Reading& in, FilledText& out) {
  const bool object = in.node.kind == NodeKind::object;
  bool sound = true;
  std::string filled;
  for (std::size_t i = 0; i < in.node.children.size(); ++i) {
    const Reading child = in.inside(in.node.children[i], i);
    std::string before = i == 0 ? "" : ",";
    if (object) before += json_quote(child.node.name) + ":";
    if (object && has_holes_in_name(child)) sound = false;
    FilledText value;
    if (!fill_json(child, value)) sound = false;
    out.written += before + value.written;
    filled += before + value.value.reveal();
  }
  out.value = Secret(std::move(filled));
  return sound;
}

// `in` as compact JSON, its texts filled in.
bool fill_json(const Reading& in, FilledText& out) {
  if (in.node.kind == NodeKind::text) {
    const bool sound = fill_node(in, FillRules{false, true}, out).sound;
    out = FilledText{json_quote(out.written), Secret("\"" + out.value.reveal() + "\"")};
    return sound;
  }
  if (in.node.scalar()) {
    out = FilledText{in.node.text, Secret(in.node.text)};
    return true;
  }
  const bool sound = fill_children(in, out);
  const std::string open = in.node.kind == NodeKind::object ? "{" : "[";
  const std::string close = in.node.kind == NodeKind::object ? "}" : "]";
  out = FilledText{open + out.written + close, Secret(open + out.value.reveal() + close)};
  return sound;
}

}  // namespace

bool read_query(const Reading& in) {
  if (in.node.kind != NodeKind::object) return refuse_kind(in, "an object", "e.g. { \"count\": \"25\" }");
  bool sound = within_count(in, "members");
  for (std::size_t i = 0; i < in.node.children.size(); ++i) {
    const Reading member = in.inside(in.node.children[i], i);
    if (has_holes_in_name(member)) sound = false;
    if (member.node.name.empty()) sound = member.refuse_name(106, "has an empty name", "name it");
    if (member.node.kind != NodeKind::list) {
      if (!read_query_value(member, member.node.name)) sound = false;
      continue;
    }
    if (!within_count(member, "elements")) sound = false;
    // Each keeps a copy of the name, so no more than may be there.
    const std::size_t count = std::min(member.node.children.size(), most_of(member));
    for (std::size_t j = 0; j < count; ++j)
      if (!read_query_value(member.inside(member.node.children[j], j), member.node.name)) sound = false;
  }
  return sound;
}

bool read_header_list(const Reading& in, Headers& headers) {
  if (in.node.kind != NodeKind::object)
    return refuse_kind(in, "an object", "e.g. { \"authorization\": \"Bearer ${NAME}\" }");
  bool sound = within_count(in, "headers");
  for (std::size_t i = 0; i < in.node.children.size(); ++i)
    if (!read_header(in.inside(in.node.children[i], i), headers)) sound = false;
  return sound;
}

bool read_headers(const Reading& in) { return read_header_list(in, in.draft.schedule.fetch.headers); }

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

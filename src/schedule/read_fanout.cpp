// SPDX-License-Identifier: Apache-2.0
// Readers of a fan-out: where its ids come from. A list of them stands in the schedule file, or one id a line
// in a file beside it: blanks around an id do not belong to it, "#" at the front or behind a blank begins a
// comment, empty lines are passed over, lines may end in CR LF.
#include <algorithm>

#include "filling.hpp"
#include "prewarm/base/ascii.hpp"
#include "prewarm/base/json_text.hpp"
#include "prewarm/base/utf8.hpp"

namespace prewarm::schedule {
namespace {

UrlIds& url_ids_of(Draft& draft) {
  auto& ids = fanout_of(draft).ids;
  if (!std::holds_alternative<UrlIds>(ids)) ids.emplace<UrlIds>();
  return *std::get_if<UrlIds>(&ids);
}

bool is_space(char c) { return is_blank(c) || c == '\r'; }

// Empty for a line without id.
std::string_view id_of(std::string_view line) {
  for (std::size_t at = line.find('#'); at != std::string_view::npos; at = line.find('#', at + 1))
    if (at == 0 || is_space(line[at - 1])) {
      line = line.substr(0, at);
      break;
    }
  while (!line.empty() && is_space(line.front())) line.remove_prefix(1);
  while (!line.empty() && is_space(line.back())) line.remove_suffix(1);
  return line;
}

// Such a file is of another format: a table, or UTF-16.
bool is_text(std::string_view id) {
  while (!id.empty()) {
    const std::size_t length = utf8_length(id);
    if (length == 0 || static_cast<unsigned char>(id[0]) < 0x20 || id[0] == 0x7f) return false;
    id.remove_prefix(length);
  }
  return true;
}

std::string bytes_text(std::size_t bytes) {
  return "has " + std::to_string(bytes) + " bytes, an id " + (bytes == 0 ? "at least 1" : "at most 200");
}

// Why the line gives no id; empty if it does.
Complaint refusal_of(IdList& ids, std::string_view id) {
  if (!is_text(id))
    return {524, "holds a control character, or what is not UTF-8", "one id a line, in UTF-8"};
  switch (ids.add(id)) {
    case IdList::Added::yes:
    case IdList::Added::repeated:
      return {};
    case IdList::Added::bad_length:
      return {524, bytes_text(id.size()), "one id a line"};
    case IdList::Added::too_many:
      return {106, "is one id too many: a schedule has at most " + std::to_string(kMaxIds),
              "split the ids over several schedules"};
  }
  return {};
}

bool read_lines(const Reading& in, std::string_view text, IdList& ids) {
  if (text.substr(0, 3) == "\xef\xbb\xbf") text.remove_prefix(3);
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view id = id_of(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (id.empty()) continue;
    if (Complaint refusal = refusal_of(ids, id); refusal.code != 0) {
      refusal.message = shown(in.node) + " line " + std::to_string(number) + " " + refusal.message;
      return in.refuse(std::move(refusal));
    }
  }
  return !ids.empty() || in.refuse(524, shown(in.node) + " holds no id", "one id a line");
}

// The first hole that is not filled in here, "{experts}".
std::string_view unknown_hole(std::string_view text) {
  const std::size_t at = text.find_first_of("{}");
  if (at == std::string_view::npos) return {};
  const std::size_t end = text.find('}', at);
  return text.substr(at, end == std::string_view::npos ? end : end + 1 - at);
}

void replace_all(std::string& text, std::string_view hole, std::string_view with) {
  for (std::size_t at = text.find(hole); at != std::string::npos; at = text.find(hole, at + with.size()))
    text.replace(at, hole.size(), with);
}

// "experts:ids" as "experts:{env}:ids".
std::string with_env(const std::string& text) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  return json_quote(cut_text(text.substr(0, colon) + ":{env}" + text.substr(colon), 160));
}

}  // namespace

FanoutSpec& fanout_of(Draft& draft) {
  auto& fanout = draft.schedule.fanout;
  return fanout ? *fanout : fanout.emplace();
}

Pages& pages_of(Draft& draft) {
  auto& pages = url_ids_of(draft).pages;
  return pages ? *pages : pages.emplace();
}

bool read_id_list(const Reading& in) {
  if (in.node.kind != NodeKind::list)
    return refuse_kind(in, "a list of ids, nor an object that says where they are",
                       R"(["a", "b"], {"file": "ids.txt"}, {"url": ...} or {"redisSet": ...})");
  auto ids = std::make_shared<IdList>();
  bool sound = true;
  for (std::size_t i = 0; i < in.node.children.size(); ++i) {
    const Reading element = in.inside(in.node.children[i], i);
    if (element.node.kind != NodeKind::text)
      sound = refuse_kind(element, "a text",
                          element.node.kind == NodeKind::number ? json_quote(element.node.text) : "\"a\"");
    else if (ids->add(element.node.text) == IdList::Added::bad_length)
      sound = element.refuse(106, bytes_text(element.node.text.size()), "1 to 200 bytes");
  }
  if (sound && ids->empty()) return in.refuse(524, "holds no id", R"(e.g. ["a", "b"])");
  fanout_of(in.draft).ids = IdListPtr(std::move(ids));
  return sound;
}

bool read_id_file(const Reading& in) {
  std::string path;
  if (!read(in, path)) return false;
  if (path.empty()) return in.refuse(106, "is empty", "\"ids.txt\", a file beside the schedule file");
  const LoadInput& input = in.draft.input;
  path = beside(in.draft, path);
  const auto content = input.read_id_file ? input.read_id_file(path) : input.read_file(path);
  if (!content.ok())
    return in.refuse(307, shown(in.node) + " " + content.error().message,
                     "a file of ids beside the schedule file, one a line");
  auto ids = std::make_shared<IdList>();
  if (!read_lines(in, *content, *ids)) return false;
  fanout_of(in.draft).ids = IdListPtr(std::move(ids));
  return true;
}

bool read_ids_url(const Reading& in) {
  UrlIds& ids = url_ids_of(in.draft);
  return read_called_url(in, IdHole::none, {ids.url, ids.display_url, ids.host, ids.origin});
}

bool read_ids_pointer(const Reading& in) { return read(in, url_ids_of(in.draft).pointer); }
bool read_ids_id(const Reading& in) { return read(in, url_ids_of(in.draft).id); }
bool read_ids_headers(const Reading& in) { return read_header_list(in, url_ids_of(in.draft).headers); }

bool read_ids_set(const Reading& in) {
  std::string written;
  if (!read(in, written)) return false;
  if (written.find("{env}") == std::string::npos)
    return in.refuse(120, shown(in.node) + " has no {env}: two environments would share one set of ids",
                     with_env(written));
  std::string key = written;
  replace_all(key, "{env}", in.draft.schedule.env);
  replace_all(key, "{name}", in.draft.schedule.name);
  if (const std::string_view hole = unknown_hole(key); !hole.empty())
    return in.refuse(
        120, shown(in.node) + " holds " + json_quote(cut_text(hole, 40)) + ": holes are {name} and {env}",
        "\"{name}:{env}:ids\"");
  if (key.size() > kMaxKeyBytes)
    return in.refuse(121, "is longer than a key may be (512 bytes)", "\"{name}:{env}:ids\"");
  if (!in.draft.input.store_is_redis)
    return in.refuse(237, shown(in.node) + " is a set in Redis, but the store is not Redis",
                     R"(--store redis://..., or ids from elsewhere: {"file": "ids.txt"} or {"url": ...})");
  fanout_of(in.draft).ids = SetIds{std::move(key)};
  return true;
}

}  // namespace prewarm::schedule

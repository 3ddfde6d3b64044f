// SPDX-License-Identifier: Apache-2.0
// Readers of names, pointers, templates and lists of them.
#include <algorithm>

#include "prewarm/base/ascii.hpp"
#include "prewarm/base/json_text.hpp"
#include "readers.hpp"
#include "url.hpp"

namespace prewarm::schedule {
namespace {

bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-';
  });
}

bool is_code(std::string_view text) {
  return text.size() == 5 && text.substr(0, 2) == "PW" && std::all_of(text.begin() + 2, text.end(), is_digit);
}

// Reads the elements of a list with `read_element`, no more than may be there; false if any was not sound.
template <class Read>
bool each(const Reading& in, Read read_element) {
  bool sound = true;
  const auto range = static_cast<std::size_t>(in.field.range.most);
  const std::size_t most = range > 0 ? range : in.node.children.size();
  for (std::size_t i = 0; i < std::min(most, in.node.children.size()); ++i)
    if (!read_element(in.inside(in.node.children[i], i))) sound = false;
  return sound;
}

}  // namespace

bool read_ignored(const Reading& in) {
  return in.node.kind == NodeKind::text || refuse_kind(in, "a text", "\"./.prewarm.schema.json\"");
}

bool read_format(const Reading& in) {
  std::int64_t format = 1;
  const std::string& text = in.node.text;
  const bool newer = in.node.kind == NodeKind::number && text != "0" && text != "1" &&
                     std::all_of(text.begin(), text.end(), is_digit);
  if (newer)
    return in.refuse(902, text + " is the format of a newer prewarm; this one reads 1", "upgrade prewarm");
  return read(in, format);
}

bool read_runbook(const Reading& in) {
  std::string text;
  if (!read(in, text)) return false;
  auto url = parse_url(text);
  if (auto* complaint = std::get_if<Complaint>(&url)) return in.refuse(std::move(*complaint));
  in.draft.schedule.runbook = std::move(text);
  return true;
}

bool read_tags(const Reading& in) {
  if (in.node.kind != NodeKind::list) return refuse_kind(in, "a list", "e.g. [\"home\"]");
  const bool few = within_count(in, "tags");
  return each(in,
              [](const Reading& tag) {
                if (tag.node.kind != NodeKind::text) return refuse_kind(tag, "a text", "e.g. \"home\"");
                if (!is_word(tag.node.text))
                  return tag.refuse(106, shown(tag.node) + " is not 1 to 32 of a-z, 0-9 and -",
                                    "e.g. \"home\"");
                tag.draft.schedule.tags.push_back(tag.node.text);
                return true;
              }) &&
         few;
}

bool read_name(const Reading& in, std::string& text) {
  if (in.node.kind != NodeKind::text) return refuse_kind(in, "a text", "e.g. \"tracks\"");
  const std::string& name = in.node.text;
  const bool fits =
      !name.empty() && name.size() <= 64 && !is_digit(name[0]) &&
      std::all_of(name.begin(), name.end(), [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
  if (!fits)
    return in.refuse(106, shown(in.node) + " is not 1 to 64 of A-Z, a-z, 0-9 and _, no digit first",
                     "e.g. \"tracks\"");
  text = name;
  return true;
}

bool read_allow(const Reading& in) {
  if (in.node.kind != NodeKind::list) return refuse_kind(in, "a list", "e.g. [\"PW212\"]");
  return each(in, [](const Reading& code) {
    if (code.node.kind != NodeKind::text || !is_code(code.node.text))
      return refuse_kind(code, "the code of a warning", "e.g. \"PW212\"");
    code.draft.allow.push_back({std::stoi(code.node.text.substr(2)), code.node.at, code.node.text});
    return true;
  });
}

bool read(const Reading& in, Pointer& pointer) {
  if (in.node.kind != NodeKind::text) return refuse_kind(in, "a JSON Pointer", "e.g. \"/listens\"");
  auto parsed = Pointer::parse(in.node.text);
  if (!parsed.ok()) return in.refuse(401, parsed.error().message, parsed.error().remedy);
  pointer = std::move(parsed).value();
  return true;
}

bool read(const Reading& in, std::optional<Pointer>& pointer) {
  Pointer parsed;
  if (!read(in, parsed)) return false;
  pointer = std::move(parsed);
  return true;
}

bool read(const Reading& in, std::vector<Pointer>& pointers) {
  if (in.node.kind != NodeKind::list)
    return refuse_kind(in, "a list of JSON Pointers", "e.g. [\"/0/title\"]");
  const bool few = within_count(in, "pointers");
  return each(in,
              [&](const Reading& element) {
                pointers.emplace_back();
                return read(element, pointers.back());
              }) &&
         few;
}

bool read_expect(const Reading& in) {
  if (in.node.kind != NodeKind::object) return refuse_kind(in, "an object", "e.g. { \"/error\": null }");
  const bool few = within_count(in, "members");
  return each(in,
              [](const Reading& member) {
                auto pointer = Pointer::parse(member.node.name);
                if (!pointer.ok())
                  return member.refuse_name(401, pointer.error().message, pointer.error().remedy);
                member.draft.schedule.fetch.expect.emplace_back(std::move(pointer).value(),
                                                                compact_json(member.node));
                return true;
              }) &&
         few;
}

bool read_pick(const Reading& in) {
  if (in.node.kind != NodeKind::object) return refuse_kind(in, "an object", "e.g. { \"title\": \"/name\" }");
  const bool few = within_count(in, "members");
  return each(in,
              [](const Reading& member) {
                auto& pick = member.draft.schedule.shape.pick;
                const Node& node = member.node;
                if (node.kind == NodeKind::text) {
                  Pointer pointer;
                  if (!read(member, pointer)) return false;
                  pick.push_back({node.name, std::move(pointer)});
                  return true;
                }
                const Node* constant = node.kind == NodeKind::object ? node.find("const") : nullptr;
                if (constant == nullptr || node.children.size() != 1)
                  return member.refuse(
                      403, "is neither a JSON Pointer nor {\"const\": ...}",
                      "e.g. \"/name\", or {\"const\": " + (node.scalar() ? shown(node) : "1") + "}");
                pick.push_back({node.name, compact_json(*constant)});
                return true;
              }) &&
         few;
}

namespace {
bool read_key(const Reading& in) {
  if (in.node.kind != NodeKind::text) return refuse_kind(in, "a key template", "\"{name}:{env}:v{version}\"");
  auto parsed = KeyTemplate::parse(in.node.text);
  if (auto* fault = std::get_if<KeyFault>(&parsed))
    return in.refuse(fault->code, shown(in.node) + " " + fault->reason, fault->remedy);
  in.draft.schedule.store.keys.push_back(std::move(*std::get_if<KeyTemplate>(&parsed)));
  return true;
}
}  // namespace

bool read_keys(const Reading& in) {
  if (in.node.kind != NodeKind::list) return read_key(in);
  const bool few = within_count(in, "templates");
  return each(in, read_key) && few;
}

std::string beside(const Draft& draft, const std::string& path) {
  const std::size_t folder = draft.file.rfind('/');
  const bool stays = path.substr(0, 1) == "/" || folder == std::string::npos;
  return stays ? path : draft.file.substr(0, folder + 1) + path;
}

bool read_ca_file(const Reading& in) {
  std::string path;
  if (!read(in, path)) return false;
  if (path.empty()) return in.refuse(106, "is empty", "leave it out for the system's authorities");
  path = beside(in.draft, path);
  const auto content = in.draft.input.read_file(path);
  if (!content.ok())
    return in.refuse(307, shown(in.node) + " " + content.error().message,
                     "a PEM file beside the schedule file");
  if (content->find("-----BEGIN ") == std::string::npos)
    return in.refuse(307, shown(in.node) + " holds no certificate in PEM form",
                     "a file with -----BEGIN CERTIFICATE-----");
  in.draft.schedule.fetch.ca_file = std::move(path);
  return true;
}

}  // namespace prewarm::schedule

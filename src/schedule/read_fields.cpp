// SPDX-License-Identifier: Apache-2.0
// The walk over a file by the field table: each member goes to the reader of its row, unknown members get
// suggestions, required fields that are missing are asked for.
#include <algorithm>

#include "fields.hpp"
#include "prewarm/base/json_text.hpp"
#include "readers.hpp"

namespace prewarm::schedule {

Reading Reading::inside(const Node& child, std::size_t index) const {
  const bool member = node.kind == NodeKind::object;
  return Reading{draft, field, child, pointer_to(pointer, member ? child.name : std::to_string(index))};
}

bool Reading::refuse(Complaint complaint) const {
  draft.report(pointer, node.at, std::move(complaint), may_hold_secrets(field.type) ? "" : shown_value(node));
  return false;
}
bool Reading::refuse(int code, std::string message, std::string remedy) const {
  return refuse(Complaint{code, std::move(message), std::move(remedy)});
}
bool Reading::refuse_name(int code, std::string message, std::string remedy) const {
  draft.report(pointer, node.name_at, Complaint{code, std::move(message), std::move(remedy)});
  return false;
}

namespace {

class Walk {
 public:
  explicit Walk(Draft& draft) : draft_(draft) {}
  void members(const Node& object, const std::string& section);
  void required();

 private:
  void member(const Node& node, const std::string& pointer);
  bool asked_for(const Field& field) const;
  void unknown(const Node& node, const std::string& section);

  Draft& draft_;
  std::vector<std::string> probably_;  // pointers of fields that a misspelt name was probably meant for
};

std::vector<std::string> names_in(std::string_view section) {
  std::vector<std::string> names;
  for (const Field& field : field_table())
    if (field.section() == section) names.emplace_back(field.name());
  return names;
}

std::string joined(const std::vector<std::string>& words, std::string_view last) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? last : ", ";
    out += words[i];
  }
  return out;
}

// "/store/ttl" as a person says it: "ttl" in "store". Of several the outermost.
std::string where_it_belongs(std::string_view name) {
  const Field* best = nullptr;
  const auto depth = [](const Field& field) {
    return std::count(field.pointer.begin(), field.pointer.end(), '/');
  };
  for (const Field& field : field_table())
    if (field.name() == name && (best == nullptr || depth(field) < depth(*best))) best = &field;
  if (best == nullptr) return {};
  if (best->section().empty()) return "it belongs to the outermost object";
  std::string section(best->section().substr(1));
  std::replace(section.begin(), section.end(), '/', '.');
  return "it belongs into \"" + section + "\"";
}

void Walk::unknown(const Node& node, const std::string& section) {
  // What was meant takes a search, and so many names were not misspelt.
  if (draft_.findings.size() > kMaxFindings) {
    draft_.report(pointer_to(section, node.name), node.name_at,
                  Complaint{104, "is not a field", "take it out"});
    return;
  }
  const auto names = names_in(section);
  auto meant = nearest(node.name, names);
  std::string remedy;
  if (!meant.empty()) {
    for (const std::string& name : meant) probably_.push_back(pointer_to(section, name));
    for (std::string& name : meant) name = json_quote(name);
    remedy = "did you mean " + joined(meant, " or ") + "?";
  } else if (remedy = where_it_belongs(node.name); remedy.empty()) {
    remedy = "take it out; here may stand " + joined(names, " and ");
  }
  draft_.report(pointer_to(section, node.name), node.name_at,
                Complaint{104, "is not a field", std::move(remedy)});
}

void Walk::member(const Node& node, const std::string& pointer) {
  const Field& field = *find_field(pointer);
  const Reading in{draft_, field, node, pointer};
  bool sound = false;
  if (field.has_members() && node.kind == NodeKind::object) {
    members(node, pointer);
    sound = true;
  } else if (field.type == Type::section) {
    refuse_kind(in, "an object", "{ ... } with " + joined(names_in(pointer), " or "));
  } else {
    const bool stray = !may_hold_secrets(field.type) && has_holes(in);
    sound = !stray && field.read(in);
  }
  draft_.fields.insert_or_assign(pointer, Draft::Seen{&node, sound});
}

void Walk::members(const Node& object, const std::string& section) {
  for (const Node& node : object.children) {
    const std::string pointer = pointer_to(section, node.name);
    if (find_field(pointer) == nullptr)
      unknown(node, section);
    else
      member(node, pointer);
  }
}

bool Walk::asked_for(const Field& field) const {
  if (!field.required() || draft_.given(field.pointer)) return false;
  const Field* section = find_field(field.section());
  return section == nullptr || section->fallback.empty() || draft_.given(section->pointer);
}

void Walk::required() {
  const auto misspelt = [&](std::string_view pointer) {
    return std::find(probably_.begin(), probably_.end(), pointer) != probably_.end();
  };
  for (const Field& field : field_table()) {
    if (!asked_for(field) || misspelt(field.pointer)) continue;
    if (misspelt(field.section()) || !draft_.sound(field.section())) continue;
    const std::string member = json_quote(field.name()) + ": " + std::string(field.example);
    const bool has_section = field.section().empty() || draft_.given(field.section());
    draft_.report(field.pointer, Complaint{105, "is missing",
                                           has_section ? "add " + member
                                                       : "add " + json_quote(field.section().substr(1)) +
                                                             ": { " + member + " }"});
  }
}

}  // namespace

bool has_holes(const Reading& in) {
  bool found = false;
  if (in.node.kind == NodeKind::text && in.node.text.find("${") != std::string::npos) {
    in.draft.report(
        in.pointer, in.node.at,
        Complaint{302, "holds ${...}, which is not filled in here",
                  "write the value itself; ${NAME} is for fetch.url, fetch.query, fetch.headers, fetch.body, "
                  "heartbeat, and url and headers of fanout.ids"});
    found = true;
  }
  for (std::size_t i = 0; i < in.node.children.size(); ++i) {
    const Reading child = in.inside(in.node.children[i], i);
    if (child.node.name.find("${") != std::string::npos)
      found = !child.refuse_name(302, "has ${...} in its name, where it is not filled in",
                                 "write the name itself");
    if (has_holes(child)) found = true;
  }
  return found;
}

void read_fields(Draft& draft) {
  const Node& root = draft.document.root;
  if (root.kind != NodeKind::object) {
    draft.report(
        "", root.at,
        Complaint{103, "the file holds " + std::string(kind_name(root.kind)) + ", not an object",
                  "{ \"schedule\": ..., \"fetch\": { \"url\": ... }, \"store\": { \"version\": 1 } }"});
    return;
  }
  Walk walk(draft);
  walk.members(root, "");
  walk.required();
}

}  // namespace prewarm::schedule

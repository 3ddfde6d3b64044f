// SPDX-License-Identifier: Apache-2.0
#include "draft.hpp"

#include <algorithm>
#include <array>

#include "prewarm/base/json_text.hpp"

namespace prewarm::schedule {

bool is_warning(int code) noexcept {
  constexpr auto kWarnings =
      std::to_array<int>({109, 212, 213, 214, 216, 217, 223, 224, 226, 231, 233, 235, 238});
  return std::find(kWarnings.begin(), kWarnings.end(), code) != kWarnings.end();
}

std::size_t Draft::place_of(std::string_view pointer) const {
  while (!pointer.empty()) {
    const auto field = fields.find(pointer);
    if (field != fields.end()) return field->second.node->at;
    pointer = pointer.substr(0, pointer.rfind('/'));
  }
  return document.root.at;
}

std::size_t Draft::place_of(std::string_view pointer, std::size_t element) const {
  const auto field = fields.find(pointer);
  const bool list = field != fields.end() && field->second.node->kind == NodeKind::list;
  return list ? field->second.node->children[element].at : place_of(pointer);
}

std::string Draft::written(std::string_view pointer) const {
  const auto field = fields.find(pointer);
  return field == fields.end() ? "" : shown_value(*field->second.node);
}

Finding& Draft::report(std::string_view pointer, std::size_t at, Complaint complaint, std::string value) {
  Finding finding;
  finding.code = complaint.code;
  finding.severity = is_warning(complaint.code) ? Severity::warning : Severity::error;
  finding.place = lines.at(file, at);
  finding.pointer = cut_text(pointer, 200);
  finding.value = std::move(value);
  finding.message = std::move(complaint.message);
  finding.remedy = std::move(complaint.remedy);
  return findings.emplace_back(std::move(finding));
}

void let_tree_go(Draft& draft) {
  if (draft.sound("/store/keys") && draft.sound("/store/version"))
    for (std::size_t i = 0; i < draft.schedule.store.keys.size(); ++i)
      draft.keys_at.push_back(draft.place_of("/store/keys", i));
  draft.cron_at = draft.place_of("/schedule");
  draft.cron_written = draft.written("/schedule");
  draft.fields.clear();
  draft.document = {};
}

std::string shown_value(const Node& node) {
  return cut_text(node.kind == NodeKind::text ? node.text : compact_json(node), 80);
}

}  // namespace prewarm::schedule

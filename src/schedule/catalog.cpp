// SPDX-License-Identifier: Apache-2.0
#include "prewarm/schedule/catalog.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <set>
#include <tuple>

#include "draft.hpp"
#include "prewarm/base/json_text.hpp"

namespace prewarm::schedule {
namespace {

bool is_schedule_name(std::string_view name) {
  if (name.empty() || name.size() > 32 || name[0] < 'a' || name[0] > 'z') return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

std::string meant_name(std::string_view stem) {
  std::string out;
  for (const char c : stem) {
    if (out.size() == 32) break;
    if (c >= 'A' && c <= 'Z')
      out += static_cast<char>(c - 'A' + 'a');
    else if ((c >= 'a' && c <= 'z') || (!out.empty() && c >= '0' && c <= '9'))
      out += c;
    else if (!out.empty() && out.back() != '-')
      out += '-';
  }
  while (!out.empty() && out.back() == '-') out.pop_back();
  return out.empty() ? "my-schedule" : out;
}

// PW111, PW122. The schedule's name is the file's without folder and extension.
void read_file_name(Draft& draft) {
  const std::string& path = draft.file;
  const std::size_t slash = path.rfind('/');
  const std::string base = path.substr(slash == std::string::npos ? 0 : slash + 1);
  const std::string stem = base.substr(0, base.rfind('.'));
  if (stem == "prewarm")
    draft.report(
        "", 0, {122, "the name prewarm is the ledger's own", "rename the file, e.g. my-prewarm.jsonc"}, stem);
  else if (is_schedule_name(stem))
    draft.schedule.name = stem;
  else
    draft.report("", 0,
                 {111,
                  "the file name gives the schedule's name, but " + json_quote(cut_text(stem, 80)) +
                      " is not a letter and up to 31 more of a-z, 0-9 and -",
                  "rename it, e.g. " + meant_name(stem) + ".jsonc"},
                 cut_text(stem, 80));
}

// The tree of the file, or the one thing that is said of a file that has none.
bool read_tree(Draft& draft, const SourceFile& source) {
  if (source.unreadable) {
    draft
        .report("", 0,
                {107, "the file cannot be read: " + *source.unreadable, "a file that this user may read"})
        .place = {draft.file, 0, 0};  // nothing was seen that could have one
    return false;
  }
  auto tree = read_document(source.bytes);
  if (auto* fault = std::get_if<DocumentFault>(&tree)) {
    draft.report("", fault->at, {fault->code, std::move(fault->message), std::move(fault->remedy)});
    return false;
  }
  draft.document = std::move(*std::get_if<Document>(&tree));
  for (const Document::Repeat& repeat : draft.document.repeats) {
    const Place first = draft.lines.at(draft.file, repeat.first_at);
    draft.report(
        repeat.pointer, repeat.at,
        {102, "is there twice, first at " + std::to_string(first.line) + ":" + std::to_string(first.column),
         "take one of them out"});
  }
  return true;
}

void read_schedule(Draft& draft, const SourceFile& source) {
  if (!read_tree(draft, source)) return;
  read_fields(draft);
  if (draft.document.root.kind != NodeKind::object) return;
  check_slots(draft);
  check_arithmetic(draft);
  check_agreement(draft);
  check_fanout(draft);
  if (!has_errors(draft.findings)) draft.schedule.config_hash = config_hash(draft);
}

std::unique_ptr<Draft> read_draft(const SourceFile& source, const LoadInput& input) {
  auto draft = std::make_unique<Draft>(source, input);
  draft->schedule.file = source.path;
  draft->schedule.env = input.env;
  read_file_name(*draft);
  read_schedule(*draft, source);
  let_tree_go(*draft);
  return draft;
}

// Takes out the warnings that the file allows, and complains of codes that allow nothing (PW109).
void apply_allow(Draft& draft) {
  std::set<int> allowed;
  for (const auto& [code, at, written] : draft.allow) allowed.insert(code);
  std::set<int> occurred;
  for (const Finding& finding : draft.findings) occurred.insert(finding.code);
  auto& findings = draft.findings;
  findings.erase(std::remove_if(findings.begin(), findings.end(),
                                [&](const Finding& finding) {
                                  return is_warning(finding.code) && allowed.contains(finding.code);
                                }),
                 findings.end());
  if (allowed.contains(109)) return;
  // With an error in the file not every check was made, so nobody knows what would have occurred.
  const bool all_checked = !has_errors(findings);
  for (std::size_t i = 0; i < draft.allow.size(); ++i) {
    const auto& [code, at, written] = draft.allow[i];
    const std::string pointer = "/allow/" + std::to_string(i);
    if (!is_warning(code))
      draft.report(pointer, at, {109, code_text(code) + " is not a warning of a file", "take it out"},
                   written);
    else if (all_checked && !occurred.contains(code))
      draft.report(pointer, at, {109, code_text(code) + " did not occur", "take it out"}, written);
  }
}

void sort_by_place(std::vector<Finding>& findings) {
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return std::tie(a.place, a.code) < std::tie(b.place, b.code);
  });
}

// Of a file with very many findings the first ones, errors before warnings; the last says how many more.
void keep_first(std::vector<Finding>& findings) {
  if (findings.size() <= kMaxFindings) return;
  const auto is_error = [](const Finding& finding) { return finding.severity == Severity::error; };
  const std::size_t left_out = findings.size() - kMaxFindings;
  std::stable_partition(findings.begin(), findings.end(), is_error);
  findings.resize(kMaxFindings);
  sort_by_place(findings);
  findings.back().message += "; " + std::to_string(left_out) + " more of this file are not shown";
}

}  // namespace

SchedulePtr Catalog::find(std::string_view name) const {
  const auto found = std::lower_bound(
      schedules.begin(), schedules.end(), name,
      [](const SchedulePtr& schedule, std::string_view word) { return schedule->name < word; });
  return found != schedules.end() && (*found)->name == name ? *found : nullptr;
}

LoadResult load_catalog(const LoadInput& input) {
  std::vector<const SourceFile*> sources;
  sources.reserve(input.files.size());
  for (const SourceFile& source : input.files) sources.push_back(&source);
  std::stable_sort(sources.begin(), sources.end(),
                   [](const SourceFile* a, const SourceFile* b) { return a->path < b->path; });
  std::vector<std::unique_ptr<Draft>> drafts;
  drafts.reserve(sources.size());
  for (const SourceFile* source : sources) drafts.push_back(read_draft(*source, input));
  check_together(drafts);

  LoadResult result;
  for (const auto& draft : drafts) {
    apply_allow(*draft);
    sort_by_place(draft->findings);
    keep_first(draft->findings);
    if (!draft->schedule.heartbeat.url.empty() && !draft->schedule.name.empty())
      result.alarms.push_back({draft->schedule.name, draft->schedule.heartbeat});
    std::move(draft->findings.begin(), draft->findings.end(), std::back_inserter(result.findings));
  }
  if (has_errors(result.findings)) return result;
  auto catalog = std::make_shared<Catalog>();
  share_rates(drafts);
  for (const auto& draft : drafts) catalog->schedules.push_back(draft->made);
  std::sort(catalog->schedules.begin(), catalog->schedules.end(),
            [](const SchedulePtr& a, const SchedulePtr& b) { return a->name < b->name; });
  result.catalog = std::move(catalog);
  return result;
}

}  // namespace prewarm::schedule

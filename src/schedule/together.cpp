// SPDX-License-Identifier: Apache-2.0
// What only several files can get wrong: names and keys that meet, and crowds at one host.
#include <algorithm>
#include <map>
#include <memory>
#include <unordered_map>

#include "draft.hpp"
#include "prewarm/base/json_text.hpp"
#include "prewarm/base/time_text.hpp"

namespace prewarm::schedule {
namespace {

constexpr std::size_t kMaxSchedules = 10000;
// Above this many at once a host sees a crowd (PW216).
constexpr std::size_t kCrowd = 8;
// Slots looked at to find one: enough for a day of every minute, and a bound for thousands of files.
constexpr std::size_t kSlotsOfOne = 1500;
constexpr std::size_t kSlotsOfAll = 300000;

using Drafts = std::vector<std::unique_ptr<Draft>>;

void check_names(const Drafts& drafts) {
  std::unordered_map<std::string, const Draft*> first;
  for (const auto& draft : drafts) {
    if (draft->schedule.name.empty()) continue;
    const auto [other, is_new] = first.emplace(draft->schedule.name, draft.get());
    if (!is_new)
      draft->report(
          "", 0,
          {112, "the file gives the name " + draft->schedule.name + ", as " + other->second->file + " does",
           "rename one of them"},
          draft->schedule.name);
  }
  if (drafts.size() > kMaxSchedules)
    drafts[kMaxSchedules]->report(
        "", 0,
        {113,
         std::to_string(drafts.size()) + " schedule files are more than " + std::to_string(kMaxSchedules),
         "split them over several workers"});
}

struct PlacedKey {
  Draft* draft;
  const KeyTemplate* key;
  std::size_t at;

  bool holds_data() const { return key->needs_record() || key->needs_id(); }
};

// Keys that could meet have as many parts and end in the same version; only such are compared in pairs, and
// templates without holes for data only when they are equal.
std::string bucket_of(const PlacedKey& placed) {
  return std::to_string(placed.key->parts().size()) + ":v" +
         std::to_string(placed.draft->schedule.store.version);
}

void report_clash(const PlacedKey& placed, const PlacedKey& other) {
  // Files of one name have been told so already.
  if (placed.draft != other.draft && placed.draft->schedule.name == other.draft->schedule.name) return;
  const std::string pattern = placed.key->pattern(placed.draft->schedule.key_names());
  const Place place = other.draft->lines.at(other.draft->file, other.at);
  placed.draft->report("/store/keys", placed.at,
                       {110,
                        json_quote(placed.key->text()) + " can write the same key as " + place.file + ":" +
                            std::to_string(place.line) + ":" + std::to_string(place.column) + ", " + pattern,
                        "make one of them different, e.g. with {name}"},
                       cut_text(placed.key->text(), 80));
}

std::vector<PlacedKey> placed_keys(const Drafts& drafts) {
  std::vector<PlacedKey> all;
  for (const auto& draft : drafts) {
    if (draft->schedule.name.empty()) continue;
    for (std::size_t i = 0; i < draft->keys_at.size(); ++i)
      all.push_back({draft.get(), &draft->schedule.store.keys[i], draft->keys_at[i]});
  }
  return all;
}

// One finding a template is enough: the first earlier one that it meets.
void check_keys(const Drafts& drafts) {
  std::unordered_map<std::string, std::vector<PlacedKey>> with_data;
  std::unordered_map<std::string, PlacedKey> fixed;
  std::unordered_map<std::string, std::vector<PlacedKey>> all;
  for (const PlacedKey& placed : placed_keys(drafts)) {
    const KeyNames names = placed.draft->schedule.key_names();
    const std::string bucket = bucket_of(placed);
    const PlacedKey* other = nullptr;
    for (const PlacedKey& earlier : placed.holds_data() ? all[bucket] : with_data[bucket])
      if (other == nullptr && clash(*placed.key, names, *earlier.key, earlier.draft->schedule.key_names()))
        other = &earlier;
    if (!placed.holds_data() && other == nullptr)
      if (const auto same = fixed.find(placed.key->pattern(names)); same != fixed.end())
        other = &same->second;
    if (other != nullptr) report_clash(placed, *other);
    if (placed.holds_data())
      with_data[bucket].push_back(placed);
    else
      fixed.emplace(placed.key->pattern(names), placed);
    all[bucket].push_back(placed);
  }
}

struct Crowd {
  Slot slot;
  std::size_t size = 0;
};

// The fullest second among the coming slots of these schedules.
Crowd fullest(const std::vector<const Draft*>& drafts) {
  struct Expression {
    const Draft* draft = nullptr;
    std::size_t count = 0;
  };
  std::unordered_map<std::string, Expression> expressions;
  for (const Draft* draft : drafts) {
    Expression& expression = expressions[draft->schedule.cron.text() + "\n" + draft->schedule.zone.name()];
    expression.draft = draft;
    ++expression.count;
  }
  const std::size_t slots = std::clamp<std::size_t>(kSlotsOfAll / expressions.size(), 1, kSlotsOfOne);
  std::unordered_map<std::int64_t, std::size_t> due;
  Crowd crowd;
  for (const auto& [text, expression] : expressions) {
    Slot slot = std::chrono::floor<std::chrono::seconds>(expression.draft->input.now);
    const Slot end = slot + std::chrono::days(366);
    for (std::size_t i = 0; i < slots; ++i) {
      const auto next = expression.draft->schedule.cron.next(slot, expression.draft->schedule.zone);
      if (!next || *next > end) break;
      slot = *next;
      const std::size_t size = due[slot.time_since_epoch().count()] += expression.count;
      if (size > crowd.size || (size == crowd.size && slot < crowd.slot)) crowd = {slot, size};
    }
  }
  return crowd;
}

void check_crowds(const Drafts& drafts) {
  std::map<std::string, std::vector<const Draft*>> by_host;
  std::map<std::string, Draft*> ninth;
  for (const auto& draft : drafts) {
    if (!draft->has_gaps || draft->schedule.fetch.host.empty() || draft->schedule.jitter.count() > 0)
      continue;
    auto& crowd = by_host[draft->schedule.fetch.host];
    crowd.push_back(draft.get());
    if (crowd.size() == kCrowd + 1) ninth[draft->schedule.fetch.host] = draft.get();
  }
  for (const auto& [host, draft] : ninth) {
    const Crowd crowd = fullest(by_host[host]);
    if (crowd.size <= kCrowd) continue;
    draft->report("/schedule", draft->cron_at,
                  {216,
                   std::to_string(crowd.size) + " schedules of " + host + " start in the same second, " +
                       slot_text(crowd.slot) + ", this one the ninth in name order",
                   "\"jitter\": \"30s\" in each of them"},
                  draft->cron_written);
  }
}

}  // namespace

void check_together(const Drafts& drafts) {
  check_names(drafts);
  check_keys(drafts);
  check_crowds(drafts);
}

}  // namespace prewarm::schedule

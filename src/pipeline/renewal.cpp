// SPDX-License-Identifier: Apache-2.0
#include "pipeline/renewal.hpp"

#include <algorithm>
#include <utility>

#include "prewarm/base/hash.hpp"
#include "prewarm/base/planted.hpp"
#include "prewarm/verify/verify.hpp"

namespace prewarm::pipeline {
namespace {

using envelope::kHeadBytes;

// So many renewals in a row without a whole answer; each value's number is another, so that the whole answers
// of many ids do not come together.
constexpr std::int64_t kLeastRenewals = 16, kMoreRenewals = 16;

std::int64_t most_renewals(const ledger::Kept& kept) {
  return kLeastRenewals +
         static_cast<std::int64_t>(fnv1a64(kept.keys.front()) % static_cast<std::uint64_t>(kMoreRenewals));
}

std::uint64_t length_of(const ledger::Kept& kept, std::size_t head) { return head + kept.payload_bytes + 1; }

// How many from the front make the next window; at least one.
std::size_t window_length(std::span<const run::Renewal> renewals) {
  std::size_t count = 0;
  std::uint64_t bytes = 0;
  for (const run::Renewal& renewal : renewals) {
    bytes += renewal.old_length;
    if (count == store::kMaxWindowEntries || (count > 0 && bytes > store::kMaxWindowBytes)) break;
    ++count;
  }
  return count;
}

Millis max_age(const Target& target) { return target.run.schedule->timeout + store::kSendTimeout; }

// What is still ours goes into one call of the store. Takes the renewals.
void renew_window(std::span<run::Renewal> renewals, const Target& target, std::span<run::Verdict> verdicts) {
  std::vector<store::Look> looks;
  looks.reserve(renewals.size());
  for (const run::Renewal& renewal : renewals) looks.push_back({renewal.key, renewal.old_length + 1, false});
  auto found = target.store.look(looks, target.run.deadline);
  if (!found) {
    for (run::Verdict& verdict : verdicts) verdict.error = found.error();
    return;
  }
  std::vector<run::Renewal> ours;
  std::vector<std::size_t> places;
  std::vector<verify::KeptValue> kept;
  ours.reserve(renewals.size());
  places.reserve(renewals.size());
  kept.reserve(renewals.size());
  for (std::size_t i = 0; i < renewals.size(); ++i) {
    auto value = verify::Judge::kept(renewals[i], std::move((*found)[i]));
    verdicts[i].changed = !value;
    if (!value) continue;
    kept.push_back(*std::move(value));
    ours.push_back(std::move(renewals[i]));
    places.push_back(i);
  }
  if (ours.empty()) return;
  const auto answers = target.store.renew(ours, max_age(target), target.run.deadline);
  ENSURE(answers.size() == ours.size());
  for (std::size_t i = 0; i < ours.size(); ++i)
    verdicts[places[i]] = verify::Judge::judge(ours[i], answers[i], kept[i]);
}

// Of the life alone. Nothing where there is no value of ours, or one that is too old already, or that lives
// long enough.
std::optional<run::Renewal> longer_life(const std::string& key, const run::Found& found,
                                        const Target& target) {
  const schedule::Schedule& schedule = *target.run.schedule;
  const auto head = envelope::read_head(found.bytes);
  if (found.kind != run::Found::Kind::text || !found.ttl || !head) return std::nullopt;
  if (head->version != schedule.store.version) return std::nullopt;
  const Millis life = head->last_updated + *schedule.store.stale_if_error - target.store_now;
  if (planted(Plant::extension_shortens))
    return run::Renewal{
        key, found.bytes.substr(0, head->length), found.length, {}, target.store_now, Millis(1000), {}};
  if (life <= *found.ttl) return std::nullopt;
  return run::Renewal{key, found.bytes.substr(0, head->length), found.length, {}, target.store_now, life, {}};
}

// Two answers that differ, though the upstream calls them one state. A weak tag may do that.
bool validators_lie(const ledger::Kept& before, const Made& made) {
  if (before.made_by != made.made_by || before.payload_sha256 == made.payload_sha256) return false;
  return made.validators.any() && made.validators == before.validators &&
         !made.validators.etag.starts_with("W/");
}

}  // namespace

bool may_name_state(const ledger::Kept& kept, const std::string& made_by) {
  return kept.validators.any() && (kept.made_by == made_by || planted(Plant::older_making_named)) &&
         !kept.whole_only && !kept.refused && kept.renewals < most_renewals(kept);
}

Result<bool> heads_match(const ledger::Kept& kept, const schedule::Schedule& schedule, store::Store& store,
                         BootTime deadline) {
  const std::string head = envelope::head(schedule.store.version, kept.instant);
  std::vector<store::Look> looks;
  looks.reserve(kept.keys.size());
  for (const std::string& key : kept.keys) looks.push_back({key, kHeadBytes, false});
  TRY_ASSIGN(const auto found, store.look(looks, deadline));
  return std::all_of(found.begin(), found.end(),
                     [&](const run::Found& value) { return value.bytes.starts_with(head); });
}

const std::string& Heads::of(WallTime instant) {
  if (last_ != instant) head_ = envelope::head(version_, instant);
  last_ = instant;
  return head_;
}

Renewing::Renewing(const schedule::Schedule& schedule, WallTime token)
    : schedule_(schedule),
      token_(token),
      new_head_(envelope::head(schedule.store.version, token)),
      old_heads_(schedule.store.version) {}

bool Renewing::add(const ledger::Kept& kept, std::vector<run::Renewal>& renewals) {
  if (kept.instant >= token_) return false;
  const std::string& old_head = old_heads_.of(kept.instant);
  for (const std::string& key : kept.keys)
    renewals.push_back({key, old_head, length_of(kept, old_head.size()), new_head_, token_,
                        schedule_.store.ttl, kept.payload_sha256});
  return true;
}

bool add_renewals(const ledger::Kept& kept, const schedule::Schedule& schedule, WallTime token,
                  std::vector<run::Renewal>& renewals) {
  return Renewing(schedule, token).add(kept, renewals);
}

std::vector<run::Verdict> renew_in_place(std::vector<run::Renewal> renewals, const Target& target) {
  std::vector<run::Verdict> verdicts(renewals.size());
  for (std::size_t from = 0; from < renewals.size();) {
    const auto left = std::span(renewals).subspan(from);
    const std::size_t count = window_length(left);
    renew_window(left.first(count), target, std::span(verdicts).subspan(from, count));
    from += count;
  }
  return verdicts;
}

ledger::Kept kept_of(const Made& made, const ledger::Kept* before) {
  ledger::Kept kept;
  kept.validators = made.validators;
  kept.made_by = made.made_by;
  kept.payload_bytes = made.payload_bytes;
  kept.payload_sha256 = made.payload_sha256;
  const bool lied = before != nullptr && validators_lie(*before, made);
  kept.whole_only = lied || (before != nullptr && before->made_by == made.made_by && before->whole_only);
  kept.refused = before != nullptr && before->refused;
  return kept;
}

bool is_same(const ledger::Kept& kept, const Made& made) {
  return kept.made_by == made.made_by && kept.payload_bytes == made.payload_bytes &&
         kept.payload_sha256 == made.payload_sha256;
}

void renewed(ledger::Kept& kept, WallTime token, bool whole_answer) {
  kept.instant = token;
  kept.renewals = whole_answer ? 0 : kept.renewals + 1;
  kept.refused = false;
}

Result<std::vector<run::Found>> extend_lives(std::span<const std::string> keys, const Target& target,
                                             BootTime until) {
  std::vector<store::Look> looks;
  looks.reserve(keys.size());
  for (const std::string& key : keys) looks.push_back({key, kHeadBytes, true});
  TRY_ASSIGN(auto found, target.store.look(looks, until));
  std::vector<run::Renewal> renewals;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    auto renewal = longer_life(keys[i], found[i], target);
    if (!renewal) continue;
    renewals.push_back(*std::move(renewal));
    places.push_back(i);
  }
  if (renewals.empty()) return found;
  const auto answers = target.store.renew(renewals, max_age(target), until);
  for (std::size_t i = 0; i < answers.size(); ++i)
    if (answers[i].answer == run::ReadBack::Answer::written) found[places[i]].ttl = renewals[i].ttl;
  return found;
}

}  // namespace prewarm::pipeline

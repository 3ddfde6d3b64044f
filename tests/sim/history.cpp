// SPDX-License-Identifier: Apache-2.0
#include "sim/history.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "prewarm/base/check.hpp"
#include "prewarm/base/time_text.hpp"
#include "prewarm/envelope/envelope.hpp"
#include "sim/situations.hpp"

namespace prewarm::sim {
namespace {

constexpr std::size_t kMostViolations = 20;

/// The order of PROMISES 4 once more, from the bytes and without a line of the product's fence.
struct Token {
  std::int64_t version = 0;
  std::string instant;  // its 24 characters, which order as text
};
std::optional<Token> token_of(const std::string& bytes) {
  constexpr std::string_view kStart = "{\"version\":", kMiddle = ",\"lastUpdated\":\"",
                             kEnd = "\",\"payload\":";
  if (bytes.rfind(kStart, 0) != 0) return std::nullopt;
  std::size_t at = kStart.size();
  Token token;
  const std::size_t first = at;
  while (at < bytes.size() && bytes[at] >= '0' && bytes[at] <= '9' && at - first < 10)
    token.version = token.version * 10 + (bytes[at++] - '0');
  if (at == first || at - first > 9 || bytes[first] == '0') return std::nullopt;
  if (bytes.compare(at, kMiddle.size(), kMiddle) != 0) return std::nullopt;
  at += kMiddle.size();
  token.instant = bytes.substr(at, 24);
  if (token.instant.size() != 24 || !parse_instant(token.instant)) return std::nullopt;
  if (bytes.compare(at + 24, kEnd.size(), kEnd) != 0) return std::nullopt;
  return token;
}

// Not an envelope of our version within the clock's reach, as the table of PROMISES 4 sees it.
bool is_strange(const std::optional<Stored>& before, const Writer& writer, WallTime node_now, bool far_too) {
  if (!before || (before->text && before->bytes.empty())) return false;
  const auto token = before->text ? token_of(before->bytes) : std::nullopt;
  const auto instant = token ? parse_instant(token->instant) : std::nullopt;
  return !instant || token->version != writer.version || (far_too && *instant - node_now > Millis(60'000));
}

std::string slot_name(const std::string& schedule, Slot slot) {
  return schedule + " " + std::to_string(slot.time_since_epoch().count());
}

}  // namespace

void History::broken(const char* promise, const std::string& what) {
  if (violations_.size() >= kMostViolations) return;
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  violations_.push_back(std::string(promise) + " at " + std::to_string(ms) + " ms: " + what);
}

void History::count(const std::string& situation) {
  ENSURE(is_situation(situation));
  ++situations_[situation];
  if (telling) std::printf("%14.6f   (%s)\n", std::chrono::duration<double>(now).count(), situation.c_str());
}

void History::trace(std::string_view text) noexcept {
  if (telling)
    std::printf("%14.6f %.*s\n", std::chrono::duration<double>(now).count(),
                static_cast<int>(std::min<std::size_t>(text.size(), 100)), text.data());
  for (const char c : text) trace_ = (trace_ ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  trace_ = (trace_ ^ static_cast<std::uint64_t>(now.count())) * 0x100000001b3;
}

void History::sent(const std::string& schedule, const std::string& id, const std::string& payload,
                   bool good) {
  made_[schedule][id + '\n' + payload] = {now, good};
}

// I1, I5, I6, I7, I8: what readers of the key may find.
void History::judge_shape(const std::string& key, const std::optional<Stored>& before, const Stored& after,
                          const Writer& writer) {
  if (key.find(":" + env_ + ":") == std::string::npos) broken("I7", key + " is not of " + env_);
  const std::string suffix = ":v" + std::to_string(writer.version);
  if (key.size() < suffix.size() || key.compare(key.size() - suffix.size(), suffix.size(), suffix) != 0)
    broken("I8", writer.name + " of version " + std::to_string(writer.version) + " wrote " + key);
  const auto opened = envelope::open(after.bytes);
  if (!opened || opened->head.version != writer.version)
    return broken("I1", key + " holds " + after.bytes.substr(0, 90));
  if (!after.expires) broken("I6", key + " lives for ever");
  const std::string schedule = key.substr(0, key.find(':'));
  const std::size_t id_at = schedule.size() + env_.size() + 1;
  const std::string id =
      key.size() - suffix.size() > id_at ? key.substr(id_at + 1, key.size() - suffix.size() - id_at - 1) : "";
  const auto made = made_[schedule].find(id + '\n' + std::string(opened->payload));
  if (made == made_[schedule].end())
    return broken("I5",
                  key + " was given a payload that its upstream never sent: " + after.bytes.substr(0, 120));
  if (!made->second.good && one_worker && before && before->text) {
    const auto old = envelope::open(before->bytes);
    const bool was_good = old && old->head.version == writer.version &&
                          made_[schedule].count(id + '\n' + std::string(old->payload)) > 0 &&
                          made_[schedule][id + '\n' + std::string(old->payload)].good;
    if (was_good)
      broken("I5",
             key + " was given a doubtful payload in place of a good one: " + after.bytes.substr(0, 120));
  }
}

// I4, as its table says.
void History::judge_order(const std::string& key, const std::optional<Stored>& before, const Writer& writer,
                          WallTime node_now) {
  if (node_now - writer.instant > writer.max_age)
    broken("I4", key + ": " + writer.name + " wrote a value that is " +
                     std::to_string((node_now - writer.instant).count()) + " ms old");
  if (!before || !before->text) return;
  const auto there = token_of(before->bytes);
  if (!there) return;
  const auto there_instant = parse_instant(there->instant);
  if (there_instant && *there_instant - node_now > Millis(60'000)) return;
  if (there->version > writer.version) broken("I4", key + ": a higher version was replaced");
  if (there->version == writer.version && there->instant > instant_text(writer.instant))
    broken("I4", key + ": " + there->instant + " was replaced by " + instant_text(writer.instant) + " of " +
                     writer.name);
}

void History::written(const std::string& key, const std::optional<Stored>& before, const Stored& after,
                      const Writer& writer, WallTime node_now) {
  judge_token(key, after, writer, node_now);
  went_in(key, before, after, writer, node_now);
}

void History::went_in(const std::string& key, const std::optional<Stored>& before, const Stored& after,
                      const Writer& writer, WallTime node_now) {
  trace(key), trace(after.bytes), trace(writer.name);
  judge_shape(key, before, after, writer);
  judge_order(key, before, writer, node_now);
  if (after.expires && *after.expires != node_now + writer.ttl)
    broken("I6", key + " was given another life than its TTL");
  intends(key, after.bytes, writer.instant, writer.run_id);
  Truth& truth = runs_[writer.run_id];
  truth.written.insert(key);
  if (truth.answered.contains(key)) return;
  if (is_strange(before, writer, node_now, !told_time_is_old()))
    truth.strange.insert(key);
  else
    truth.strange.erase(key);
}

// A worker asks for the store's time once a minute; until then it judges by what it was before a jump.
bool History::told_time_is_old() const noexcept {
  return clock_set >= Nanos(0) && now - clock_set < std::chrono::minutes(2);
}

void History::answered(const std::string& key, const std::string& run_id) {
  runs_[run_id].answered.insert(key);
}

void History::sighted(const run::RunReport& report) {
  for (const run::Sighting& sighting : report.sightings) runs_[report.run_id].sighted.insert(sighting.key);
}

void History::due(const std::string& worker, const std::string& schedule, Slot slot) {
  if (++open_slots_[worker][slot_name(schedule, slot)] > 1)
    broken("I10", worker + " lets a slot of " + schedule + " go twice");
}

void History::all_told(const std::string& worker) {
  for (const auto& [slot, times] : open_slots_[worker])
    broken("I10", worker + " ended without a word of " + slot);
  open_slots_.erase(worker);
}

// The instant is taken before the request leaves, so no payload is older than it says; a slow clock rate
// aside.
void History::judge_token(const std::string& key, const Stored& after, const Writer& writer,
                          WallTime node_now) {
  if (!right_clocks) return;
  const auto opened = envelope::open(after.bytes);
  const std::string schedule = key.substr(0, key.find(':'));
  if (!opened) return;
  for (const auto& [payload, made] : made_[schedule]) {
    if (payload.size() <= opened->payload.size() ||
        payload.compare(payload.size() - opened->payload.size(), opened->payload.size(), opened->payload) !=
            0)
      continue;
    const Millis since = std::chrono::duration_cast<Millis>(now - made.last);
    if (writer.instant > node_now - since + Millis(100))
      broken("I4", key + " says " + instant_text(writer.instant) + ", its upstream was asked before");
    return;
  }
}

void History::refused(const std::string& key, const std::optional<Stored>& before, const Writer& writer,
                      WallTime node_now) {
  const auto there = before && before->text ? token_of(before->bytes) : std::nullopt;
  const auto instant = there ? parse_instant(there->instant) : std::nullopt;
  if (!instant) return broken("I4", key + ": refused although no token is there");
  if (*instant - node_now > Millis(60'000))
    return broken("I4", key + ": a head more than 60 s ahead was obeyed");
  if (there->version > writer.version || (there->version == writer.version && *instant > writer.instant))
    return;
  broken("I4", key + ": " + writer.name + " was refused by a token that is not later");
}

void History::renewed(const std::string& key, const std::optional<Stored>& before, const Stored& after,
                      const Writer& writer, WallTime node_now) {
  went_in(key, before, after, writer, node_now);
  if (!before) return broken("I4", key + " was renewed although nothing was there");
  const auto old = envelope::open(before->bytes), fresh = envelope::open(after.bytes);
  if (!old || !fresh || old->payload != fresh->payload)
    broken("I1", key + ": a renewal changed more than the head");
}

void History::extended(const std::string& key, const Stored& before, const Stored& after) {
  trace(key);
  if (before.bytes != after.bytes) broken("I5", key + ": an extension changed bytes");
  if (before.expires && (!after.expires || *after.expires < *before.expires))
    broken("I5", key + ": an extension shortened a life");
}

void History::intends(const std::string& key, const std::string& bytes, WallTime instant,
                      const std::string& run_id) {
  Truth& truth = runs_[run_id];
  if (truth.instant && *truth.instant != instant)
    broken("I4", "run " + run_id + " gives " + key + " another instant than before");
  truth.instant = instant;
  if (std::exchange(truth.intended[key], bytes) != bytes) truth.verified.erase(key);
}

void History::seen(const std::string& key, const std::optional<Stored>& found, const std::string& run_id) {
  Truth& truth = runs_[run_id];
  const auto ours = truth.intended.find(key);
  if (!found || !found->text || ours == truth.intended.end()) return;
  if (ours->second == found->bytes) {
    truth.verified.insert(key);
    return;
  }
  const auto there = token_of(found->bytes), mine = token_of(ours->second);
  if (there && mine && there->version == mine->version && there->instant > mine->instant)
    truth.overtaken.insert(key);
}

// I9: what was overwritten and is no current envelope is told of, if the store's answer came.
void History::judge_sightings(const run::RunReport& report) {
  const Truth& truth = runs_[report.run_id];
  for (const std::string& key : truth.strange)
    if (truth.answered.count(key) > 0 && truth.sighted.count(key) == 0)
      broken("I9", "run " + report.run_id + " overwrote what is no envelope at " + key + " and says nothing");
}

void History::reported(const std::string& worker, const run::RunReport& report) {
  trace(worker), trace(run::outcome_text(report.outcome)), trace(report.schedule->name);
  count("outcome." + std::string(run::outcome_text(report.outcome)));
  if (report.duration &&
      *report.duration != std::chrono::duration_cast<Millis>(report.ended - report.started))
    broken("I15", report.schedule->name + " is said to have taken " +
                      std::to_string(report.duration->count()) + " ms");
  if (const auto slots = open_slots_.find(worker);
      slots == open_slots_.end() || slots->second.erase(slot_name(report.schedule->name, report.slot)) == 0)
    broken("I10", worker + " tells of a slot of " + report.schedule->name + " that was not due");
  sighted(report);
  if (report.run_id.empty()) return;
  judge_sightings(report);
  if (++reports_[report.run_id] > 1) broken("I10", "run " + report.run_id + " was reported twice");
  const bool well = report.outcome == run::Outcome::verified || report.outcome == run::Outcome::unchanged;
  if (!well) return;
  const Truth& truth = runs_[report.run_id];
  for (const std::string& key : truth.written)
    if (truth.verified.count(key) + truth.overtaken.count(key) == 0)
      broken("I3", key + " was reported as " + std::string(run::outcome_text(report.outcome)) +
                       " and was not read back");
  if (truth.verified.empty())
    broken("I3", report.schedule->name + " is reported as done and nothing was verified");
  finished_[worker + "/" + report.schedule->name + "/" + report.rid].push_back(report.run_id);
}

void History::pinged(const std::string& worker, const std::string& schedule, const std::string& rid,
                     run::PingKind kind) {
  trace(worker), trace(schedule);
  if (kind == run::PingKind::start) count("ping.start");
  if (kind == run::PingKind::fail) count("ping.fail");
  if (kind != run::PingKind::success) return;
  count("ping.success");
  if (finished_.count(worker + "/" + schedule + "/" + rid) == 0)
    broken("I3", worker + " pinged success of " + schedule + " without a run that ended well");
}

void History::must_be_fresh(const std::string& key, const std::optional<Stored>& found, WallTime node_now,
                            Millis limit) {
  if (!found) return broken("freshness", key + " is not there");
  const auto opened = envelope::open(found->bytes);
  if (!opened) return broken("freshness", key + " holds " + found->bytes.substr(0, 80));
  const Millis age = node_now - opened->head.last_updated;
  if (age > limit)
    broken("freshness",
           key + " is " + std::to_string(age.count()) + " ms old, limit " + std::to_string(limit.count()));
  else
    count("end.fresh");
}

}  // namespace prewarm::sim

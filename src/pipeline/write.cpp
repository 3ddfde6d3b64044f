// SPDX-License-Identifier: Apache-2.0
#include "pipeline/write.hpp"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "prewarm/base/planted.hpp"
#include "prewarm/base/units.hpp"
#include "prewarm/verify/verify.hpp"

namespace prewarm::pipeline {
namespace {

// What a fresh connection finds after the link died with our write on it.
run::Verdict resolve_unknown(const run::Entry& entry, const Error& unknown, const Target& target) {
  const BootTime deadline = target.run.deadline;
  auto found = target.store.read(entry.key, entry.value.size() + 1024, false, deadline);
  const auto now = target.store.time(deadline);
  if (found && now) return verify::Judge::resolve(entry, *found, *now);
  run::Verdict verdict;
  verdict.error = unknown;
  return verdict;
}

// Plant 15.
void renew_instant(run::Entry& entry, const Target& target) {
  const auto now = target.store.time(target.run.deadline);
  if (!now) return;
  const std::string old = entry.value.text();
  const auto head = envelope::read_head(old);
  entry.instant = *now;
  entry.value = envelope::Sealed(
      envelope::seal(entry.version, *now, old.substr(head->length, old.size() - head->length - 1)));
}

// A last round that did not come through says less than an earlier one that did, or of which nobody knows
// whether it did: other bytes of the same instant were read back, or the new value may be in.
bool says_less(const run::Verdict& now, const run::Verdict& before) {
  const auto is_one_of = [](const run::Verdict& verdict, std::initializer_list<ErrorKind> kinds) {
    return verdict.error && std::find(kinds.begin(), kinds.end(), verdict.error->kind) != kinds.end();
  };
  return is_one_of(before, {ErrorKind::differs, ErrorKind::no_answer}) &&
         is_one_of(now, {ErrorKind::no_answer, ErrorKind::unreachable, ErrorKind::not_primary,
                         ErrorKind::deadline, ErrorKind::store_deadline});
}

struct Open {
  std::vector<run::Entry> entries;  // still without a verdict
  std::vector<std::size_t> places;  // where their verdicts go
};

// One round of write, read-back and verdict; what must be sent again stays open.
void write_round(const Target& target, Open& open, Written& written) {
  const BootTime began = target.clock.boot_now();
  const Millis max_age = target.run.schedule->timeout + store::kSendTimeout;
  const auto answers = target.store.write(open.entries, max_age, target.run.deadline);
  ENSURE(answers.size() == open.entries.size());
  written.store_took += since(began, target.clock);
  const BootTime judging = target.clock.boot_now();
  Open again;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const bool unknown = answers[i].error && answers[i].error->kind == ErrorKind::no_answer;
    auto verdict = unknown ? resolve_unknown(open.entries[i], *answers[i].error, target)
                           : verify::Judge::judge(open.entries[i], answers[i], target.store_now);
    if (verdict.resend) {
      if (planted(Plant::fresh_instant_on_resend)) renew_instant(open.entries[i], target);
      again.entries.push_back(std::move(open.entries[i]));
      again.places.push_back(open.places[i]);
    }
    run::Verdict& told = written.verdicts[open.places[i]];
    if (!says_less(verdict, told)) told = std::move(verdict);
  }
  written.verify_took += since(judging, target.clock);
  open = std::move(again);
}

// Of a stored value that is not current, rules have nothing to compare with.
Result<void> compare_found(const Fresh& fresh, const schedule::Schedule& schedule, const run::Found& found) {
  const std::size_t cap = shape::kMaxValueBytes + (1U << 10);
  if (found.kind != run::Found::Kind::text) return {};
  if (found.length > cap && envelope::read_head(found.bytes))
    return Error{ErrorKind::guard,
                 "the stored value has " + size_text(found.length) + ", too much to compare with",
                 "delete " + fresh.key + " if it may go"};
  if (envelope::classify(found.bytes, schedule.store.version) != envelope::Class::current) return {};
  const auto opened = envelope::open(found.bytes);
  if (!opened) return {};
  return shape::compare(schedule.guard, fresh.shaped, shape::stored_facts(opened->payload, schedule.shape));
}

}  // namespace

Compared compare(const Fresh& fresh, const run::Run& run, store::Store& store) {
  const schedule::Schedule& schedule = *run.schedule;
  Compared compared;
  if (!shape::compares(schedule.guard, fresh.shaped)) return compared;
  const auto found = store.read(fresh.key, shape::kMaxValueBytes + (1U << 10), false, run.deadline);
  if (!found) {
    compared.verdict = found.error();
    return compared;
  }
  compared.verdict = compare_found(fresh, schedule, *found);
  compared.refused = !compared.verdict;
  const bool confirmed = schedule.guard.confirmations > 0 && fresh.refusals >= schedule.guard.confirmations;
  if (confirmed) compared.verdict = {};
  return compared;
}

Written write_and_verify(std::vector<run::Entry> entries, const Target& target) {
  Written written;
  Open open{std::move(entries), {}};
  if (target.clock.boot_now() >= target.run.deadline) return written;
  written.verdicts.resize(open.entries.size());
  for (std::size_t i = 0; i < open.entries.size(); ++i) open.places.push_back(i);
  do write_round(target, open, written);
  while (!open.entries.empty() &&
         (target.clock.boot_now() < target.run.deadline || planted(Plant::resend_after_deadline)));
  return written;
}

Error too_late() { return {ErrorKind::deadline, "the run's deadline passed before the write was sent", {}}; }

}  // namespace prewarm::pipeline

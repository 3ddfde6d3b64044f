// SPDX-License-Identifier: Apache-2.0
#include "sim/sim_store.hpp"

#include <algorithm>

#include "prewarm/envelope/envelope.hpp"
#include "store/fence.hpp"

namespace prewarm::sim {
namespace {

using namespace std::chrono_literals;
using run::ReadBack;

constexpr Nanos kTrip = 1ms, kLongTrip = 3s;
constexpr std::size_t kMaxRecordBytes = 16 << 10;  // so much is read of one

Error gone(const char* what) {
  return Error{ErrorKind::unreachable, std::string("the store is gone: ") + what, {}, true};
}
Error unknown() { return Error{ErrorKind::no_answer, "the link died after sending", {}, true}; }
Error too_late() { return Error{ErrorKind::store_deadline, "no time left", {}}; }
Error crashed() { return Error{ErrorKind::shutdown, "the process is no more", {}}; }

}  // namespace

SimStore::Link SimStore::send() {
  p_.tasks.pause(p_.chance.latency(kTrip, kLongTrip));
  if (!linked()) return Link::dead_before;
  if (p_.faults.link_dies_one_in == 0 || !p_.chance.one_in(p_.faults.link_dies_one_in)) return Link::sound;
  epoch_ = 0;
  return p_.chance.one_in(2) ? Link::dead_before : Link::dead_after;
}

void SimStore::writing_pause(Nanos usual, Nanos most) {
  if (p_.faults.at_write && !p_.dead) p_.faults.at_write(worker_);
  p_.tasks.pause(most > 0ns ? p_.chance.latency(usual, most) : 0ns);
}

Result<void> SimStore::connect(BootTime deadline) {
  while (true) {
    if (p_.dead) return crashed();
    if (linked()) return {};
    p_.tasks.pause(p_.chance.latency(kTrip, kLongTrip));
    if (p_.redis.up()) {
      epoch_ = p_.redis.epoch();
      proved_ = false;
      p_.tasks.pause(p_.chance.latency(kTrip, 200ms));
      if (!linked()) continue;
      store_time_ = p_.redis.time();
      asked_ = p_.clock.boot_now();
      failures_ = 0;
      tell_connected();
      return {};
    }
    TRY(retry(deadline, "connecting"));
  }
}

Result<void> SimStore::retry(BootTime deadline, const char* what) {
  if (p_.dead) return crashed();
  tell_attempt_failed(gone(what));
  const BootTime again = p_.clock.boot_now() + std::chrono::milliseconds(50 << std::min(failures_++, 6));
  if (again >= deadline) return gone(what);
  if (!p_.clock.sleep_until(again)) return gone(what);
  return {};
}

template <class Command>
auto SimStore::reading(BootTime deadline, const Command& command) -> Result<decltype(command())> {
  while (true) {
    TRY(connect(deadline));
    if (p_.clock.boot_now() >= deadline) return too_late();
    if (send() == Link::sound) return command();
    p_.history.count("read.link_died");
    TRY(retry(deadline, "reading"));
  }
}

// The first write on a connection stands behind two of a probe, which a server refuses like any other.
Result<void> SimStore::prove() {
  if (!proved_ && p_.redis.refusing) return refusal();
  proved_ = true;
  return {};
}

Result<void> SimStore::probe(BootTime deadline) {
  TRY(connect(deadline));
  return prove();
}

Result<void> SimStore::open(BootTime deadline) { return connect(deadline); }

// As the contract says: TIME plus boot time since, asked again when older than a minute.
Result<WallTime> SimStore::time(BootTime deadline) {
  TRY(connect(deadline));
  if (p_.clock.boot_now() - asked_ > 1min) {
    auto fresh = reading(deadline, [this] { return p_.redis.time(); });
    if (!fresh) return std::move(fresh).error();
    store_time_ = *fresh;
    asked_ = p_.clock.boot_now();
  }
  return store_time_ + std::chrono::duration_cast<Millis>(p_.clock.boot_now() - asked_);
}

run::Found SimStore::found_of(const std::optional<Stored>& stored, std::size_t cap, bool with_ttl) const {
  run::Found found;
  if (!stored) return found;
  found.kind = stored->text ? run::Found::Kind::text : run::Found::Kind::other_type;
  if (stored->text) {
    found.bytes = stored->bytes.substr(0, cap);
    found.length = stored->bytes.size();
  }
  if (with_ttl && stored->expires) found.ttl = *stored->expires - p_.redis.time();
  return found;
}

Result<run::Found> SimStore::read(const std::string& key, std::size_t cap, bool with_ttl, BootTime deadline) {
  return reading(deadline, [&] {
    const auto there = p_.redis.get(key);
    if (there && there->bytes.size() <= cap) p_.history.seen(key, there, run_id);
    return found_of(there, cap, with_ttl);
  });
}

Error SimStore::refusal() const { return Error{*p_.redis.refusing, "the server refuses writes", {}, true}; }
// Which row of PROMISES 4 it was.
void SimStore::count_decision(const run::Entry& entry, const std::optional<Stored>& before,
                              ReadBack::Answer answer) {
  const std::string head = before && before->text ? before->bytes.substr(0, envelope::kHeadBytes) : "";
  const auto cls = envelope::classify_head(head,
                                           !before        ? 0
                                           : before->text ? static_cast<std::int64_t>(before->bytes.size())
                                                          : -1,
                                           entry.version, p_.redis.time());
  const auto token = envelope::read_head(head);
  const auto told = [this](const char* situation) { p_.history.count(situation); };
  if (answer == ReadBack::Answer::expired) return told("fence.expired");
  if (answer == ReadBack::Answer::superseded) {
    if (token->version > entry.version) return told("fence.superseded_by_newer");
    return told(token->last_updated > p_.redis.time() ? "fence.near_head" : "fence.superseded");
  }
  if (cls.ahead) return told("fence.far_head");
  switch (cls.cls) {
    case envelope::Class::absent:
      return told("fence.first");
    case envelope::Class::current:
      return told(token->last_updated == entry.instant ? "fence.same_token" : "fence.later");
    case envelope::Class::older:
      return told("fence.over_older");
    case envelope::Class::legacy:
      return told("fence.over_legacy");
    case envelope::Class::wrong_type:
      return told("fence.over_wrong_type");
    case envelope::Class::foreign:
    case envelope::Class::newer:
      return told("fence.over_foreign");
  }
}

// What the script does inside the server, and answers.
ReadBack SimStore::script(const run::Entry& entry, Millis max_age, const std::string& run) {
  ReadBack answer;
  const auto before = p_.redis.get(entry.key);
  if (before) {
    answer.old_head = before->text ? before->bytes.substr(0, envelope::kHeadBytes) : "";
    answer.old_length = before->text ? static_cast<std::int64_t>(before->bytes.size()) : -1;
  }
  const WallTime now = p_.redis.time();
  answer.answer = store::fence_decision(answer.old_head, {entry.version, entry.instant}, {now, max_age});
  const Writer writer{worker_, run, entry.version, entry.instant, max_age, entry.ttl};
  if (answer.answer == ReadBack::Answer::written && p_.redis.refusing) {
    answer.answer = ReadBack::Answer::failed;
    answer.error = refusal();
    p_.history.count(*p_.redis.refusing == ErrorKind::not_primary ? "write.not_primary" : "write.refused");
    return answer;
  }
  count_decision(entry, before, answer.answer);
  if (answer.answer == ReadBack::Answer::superseded) p_.history.refused(entry.key, before, writer, now);
  if (answer.answer != ReadBack::Answer::written) return answer;
  const Stored after{entry.value.text(), true, now + entry.ttl};
  p_.history.written(entry.key, before, after, writer, now);
  p_.redis.set(entry.key, after);
  return answer;
}

void SimStore::read_back(ReadBack& answer, const run::Entry& entry) {
  const auto there = p_.redis.get(entry.key);
  p_.history.seen(entry.key, there, run_id);
  answer.found = found_of(there, entry.value.size() + store::kReadBackSpare, false);
  answer.same = there && there->text && entry.value == there->bytes;
  if (answer.same) answer.found.bytes.clear();
  if (answer.same || answer.answer != ReadBack::Answer::written) return;
  const auto token = there && there->text ? envelope::read_head(there->bytes) : std::nullopt;
  const bool later = token && token->version == entry.version && token->last_updated > entry.instant;
  p_.history.count(!there ? "read_back.gone" : later ? "read_back.overtaken" : "read_back.other");
}

std::vector<ReadBack> SimStore::write(std::span<const run::Entry> entries, Millis max_age,
                                      BootTime deadline) {
  writing_ = true;
  ++p_.redis.writers;
  auto answers = write_window(entries, max_age, deadline);
  --p_.redis.writers;
  writing_ = false;
  for (std::size_t i = 0; i < answers.size(); ++i)
    if (!answers[i].error) p_.history.answered(entries[i].key, run_id);
  return answers;
}

// Some of what was sent may arrive when nobody thinks of it any more.
void SimStore::arrive_late(const run::Entry& entry, Millis max_age) {
  const auto late = std::make_shared<run::Entry>(run::Entry{
      entry.key, envelope::Sealed(entry.value.text()), entry.version, entry.instant, entry.ttl, entry.alias});
  p_.tasks.at(
      p_.tasks.now() + p_.chance.between(0ns, store::kSendTimeout), [this, late, max_age, run = run_id] {
        if (!p_.redis.up()) return;
        const auto answer = script(*late, max_age, run);
        p_.history.count(answer.answer == ReadBack::Answer::written ? "late.written" : "late.refused");
      });
}

std::vector<ReadBack> SimStore::write_window(std::span<const run::Entry> entries, Millis max_age,
                                             BootTime deadline) {
  std::vector<ReadBack> answers(entries.size());
  for (const run::Entry& entry : entries)
    p_.history.intends(entry.key, entry.value.text(), entry.instant, run_id);
  const auto fail_from = [&](std::size_t first, const Error& error) {
    for (std::size_t i = first; i < answers.size(); ++i) answers[i] = {}, answers[i].error = error;
    return answers;
  };
  while (true) {
    if (auto ready = connect(deadline); !ready) return fail_from(0, ready.error());
    if (p_.clock.boot_now() >= deadline) {
      p_.history.count("write.out_of_time");
      return fail_from(0, too_late());
    }
    if (p_.clock.boot_now() > run_deadline + 100ms && !p_.dead) p_.history.too_late(run_id);
    writing_pause(0ns, 0ns);
    const Link link = send();
    if (p_.dead) return fail_from(0, crashed());
    if (link == Link::sound) break;
    if (link == Link::dead_after) {
      const std::size_t sent = p_.chance.below(entries.size() + 1);
      for (std::size_t i = 0; i < sent; ++i) {
        if (!p_.chance.one_in(2)) {
          arrive_late(entries[i], max_age);
          continue;
        }
        script(entries[i], max_age, run_id);
        p_.history.count("write.reply_lost");
      }
      return fail_from(0, unknown());
    }
    p_.history.count("write.link_died");
    if (auto again = retry(deadline, "writing"); !again) return fail_from(0, again.error());
  }
  if (const auto proof = prove(); !proof) return fail_from(0, proof.error());
  if (!p_.redis.scripts_loaded) {
    p_.history.count("noscript");
    p_.tasks.pause(p_.chance.latency(kTrip, 100ms));
    p_.redis.scripts_loaded = true;
    if (!linked()) return fail_from(0, unknown());
  }
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (p_.dead) return fail_from(0, crashed());
    if (!linked()) return fail_from(i, unknown());
    answers[i] = script(entries[i], max_age, run_id);
    writing_pause(10us, 50ms);
  }
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (answers[i].answer == ReadBack::Answer::failed) continue;
    if (!linked() || p_.dead) return fail_from(i, unknown());
    read_back(answers[i], entries[i]);
    writing_pause(10us, 50ms);
  }
  return answers;
}

// What the renewal's script does inside the server, and answers: no more than what became of it.
ReadBack SimStore::renewal(const run::Renewal& renewal, Millis max_age) {
  ReadBack answer;
  answer.answer = ReadBack::Answer::changed;
  const auto before = p_.redis.get(renewal.key);
  const WallTime now = p_.redis.time();
  if (!before || !before->text || before->bytes.size() != renewal.old_length ||
      before->bytes.rfind(renewal.old_head, 0) != 0) {
    p_.history.count("renew.changed");
    return answer;
  }
  if (!renewal.new_head.empty() && now - renewal.instant > max_age) {
    answer.answer = ReadBack::Answer::expired;
    p_.history.count("renew.expired");
    return answer;
  }
  Stored after = *before;
  answer.answer = ReadBack::Answer::written;
  if (renewal.new_head.empty()) {
    if (after.expires) after.expires = std::max(*after.expires, now + renewal.ttl);
    p_.history.extended(renewal.key, *before, after);
    p_.history.count("extended");
    p_.redis.set(renewal.key, after);
    return answer;
  }
  after.bytes.replace(0, renewal.new_head.size(), renewal.new_head);
  after.expires = now + renewal.ttl;
  const auto head = envelope::read_head(renewal.new_head);
  const Writer by{worker_, run_id, head ? head->version : 0, renewal.instant, max_age, renewal.ttl};
  p_.history.renewed(renewal.key, before, after, by, now);
  p_.history.count("renewed");
  p_.redis.set(renewal.key, after);
  return answer;
}

std::vector<ReadBack> SimStore::renew(std::span<const run::Renewal> renewals, Millis max_age,
                                      BootTime deadline) {
  std::vector<ReadBack> answers(renewals.size());
  const auto fail = [&](const Error& error) {
    for (ReadBack& answer : answers) answer = {}, answer.error = error;
    return answers;
  };
  if (auto ready = connect(deadline); !ready) return fail(ready.error());
  if (p_.clock.boot_now() >= deadline) return fail(too_late());
  writing_pause(0ns, 0ns);
  const Link link = send();
  if (p_.dead) return fail(crashed());
  if (link != Link::sound) p_.history.count("renew.link_died");
  if (link == Link::dead_before) return fail(gone("renewing"));
  if (const auto proof = prove(); !proof) return fail(proof.error());
  for (std::size_t i = 0; i < renewals.size(); ++i) {
    if (link == Link::sound && !linked()) return fail(unknown());
    answers[i] = renewal(renewals[i], max_age);
    writing_pause(10us, 50ms);
  }
  if (link == Link::dead_after) return fail(unknown());
  // GET comes behind the script, whatever it answered; of a life alone nothing is read.
  for (std::size_t i = 0; i < renewals.size(); ++i) {
    if (renewals[i].new_head.empty()) continue;
    if (!linked() || p_.dead) return fail(unknown());
    const auto there = p_.redis.get(renewals[i].key);
    p_.history.seen(renewals[i].key, there, run_id);
    answers[i].found = found_of(there, renewals[i].old_length + store::kReadBackSpare, false);
  }
  return answers;
}

Result<void> SimStore::read_set(const std::string& /*key*/, IdList& /*ids*/, BootTime /*deadline*/) {
  return {};
}

Result<std::optional<std::string>> SimStore::get_record(const std::string& key, BootTime deadline) {
  return reading(deadline, [&]() -> std::optional<std::string> {
    const auto there = p_.redis.get(key);
    // As GETRANGE answers: of an absent key an empty text, and never more than a record can have.
    if (!there || !there->text || there->bytes.empty()) return std::nullopt;
    return there->bytes.substr(0, kMaxRecordBytes);
  });
}

Result<void> SimStore::put_record(const std::string& key, std::string_view text, Millis ttl,
                                  BootTime deadline) {
  const auto done = reading(deadline, [&] {
    if (p_.redis.refusing) return false;
    if (!p_.dead) p_.redis.set(key, {std::string(text), true, p_.redis.time() + ttl});
    return true;
  });
  if (!done) return done.error();
  if (!*done) return refusal();
  return {};
}

}  // namespace prewarm::sim

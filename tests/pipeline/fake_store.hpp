// SPDX-License-Identifier: Apache-2.0
// A store in memory behind the seam, with the faults a real one cannot be made to show at will: a link that
// dies before or after the write, a store that is gone, another writer at the right moment. The fence is the
// envelope's own order.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>

#include "prewarm/envelope/envelope.hpp"
#include "store/one_by_one.hpp"

namespace prewarm::test {

class FakeStore final : public OneByOne {
 public:
  explicit FakeStore(Clock& clock) : clock_(clock) {}

  /// What happens to the next writes, one each; then all is well.
  enum class Fault : std::uint8_t { lost_before, lost_after, gone, late };
  std::deque<Fault> faults;
  bool unreadable = false;                      // reads fail as unreachable
  std::function<void(FakeStore&)> before_read;  // another writer strikes
  std::map<std::string, std::string> values, records;
  std::map<std::string, std::vector<std::string>> sets;
  std::function<void(FakeStore&)> after_renewal;  // likewise, before the read-back
  bool refuses_renewals = false;
  std::function<void()> before_write;           // each time
  std::function<void(FakeStore&)> after_write;  // likewise, before the read-back
  int writes = 0, reads = 0, opens = 0, renewed_keys = 0;

  const std::string& target() const noexcept override { return target_; }
  Result<void> probe(BootTime /*deadline*/) override { return {}; }
  Result<void> open(BootTime /*deadline*/) override {
    ++opens;
    if (unreadable) return gone();
    return {};
  }
  Result<WallTime> time(BootTime /*deadline*/) override {
    if (unreadable) return gone();
    return clock_.wall_now();
  }
  Result<run::Found> read(const std::string& key, std::size_t cap, bool with_ttl,
                          BootTime /*deadline*/) override {
    ++reads;
    if (unreadable) return gone();
    if (before_read) std::exchange(before_read, nullptr)(*this);
    return found(key, cap, with_ttl);
  }
  std::vector<run::ReadBack> renew(std::span<const run::Renewal> renewals, Millis /*max_age*/,
                                   BootTime /*deadline*/) override {
    std::vector<run::ReadBack> answers;
    for (const run::Renewal& renewal : renewals) answers.push_back(renewed(renewal));
    return answers;
  }
  std::vector<run::ReadBack> write(std::span<const run::Entry> entries, Millis /*max_age*/,
                                   BootTime /*deadline*/) override {
    ++writes;
    if (before_write) before_write();
    std::vector<run::ReadBack> answers(entries.size());
    std::optional<Fault> fault;
    if (!faults.empty()) {
      fault = faults.front();
      faults.pop_front();
    }
    for (std::size_t i = 0; i < entries.size(); ++i) answers[i] = one(entries[i], fault);
    return answers;
  }
  Result<void> read_set(const std::string& key, IdList& ids, BootTime /*deadline*/) override {
    if (unreadable) return gone();
    for (const std::string& member : sets[key]) ids.add(member);
    return {};
  }
  Result<std::optional<std::string>> get_record(const std::string& key, BootTime /*deadline*/) override {
    if (unreadable) return gone();
    const auto it = records.find(key);
    return it == records.end() ? std::optional<std::string>() : std::optional<std::string>(it->second);
  }
  Result<void> put_record(const std::string& key, std::string_view text, Millis /*ttl*/,
                          BootTime /*deadline*/) override {
    if (unreadable) return gone();
    records[key] = text;
    return {};
  }
  void close() noexcept override {}

 private:
  static Error gone() { return Error{ErrorKind::unreachable, "the fake store is gone", {}, true}; }

  run::Found found(const std::string& key, std::size_t cap, bool with_ttl) {
    const auto it = values.find(key);
    if (it == values.end()) return {};
    run::Found found{run::Found::Kind::text, it->second.substr(0, cap), it->second.size(), std::nullopt};
    if (with_ttl) found.ttl = Millis(600'000);
    return found;
  }

  run::ReadBack renewed(const run::Renewal& renewal) {
    run::ReadBack answer;
    ++renewed_keys;
    if (refuses_renewals) {
      answer.error = Error{ErrorKind::store_auth, "no right to PEXPIRE", {}};
      return answer;
    }
    answer.answer = run::ReadBack::Answer::changed;
    const auto it = values.find(renewal.key);
    if (it == values.end() || it->second.size() != renewal.old_length ||
        !it->second.starts_with(renewal.old_head))
      return answer;
    answer.answer = run::ReadBack::Answer::written;
    it->second.replace(0, renewal.new_head.size(), renewal.new_head);
    if (after_renewal) std::exchange(after_renewal, nullptr)(*this);
    answer.found = found(renewal.key, renewal.old_length + 1024, false);
    return answer;
  }

  run::ReadBack one(const run::Entry& entry, std::optional<Fault> fault) {
    run::ReadBack answer;
    if (fault == Fault::gone) answer.error = gone();
    if (fault == Fault::late) answer.error = Error{ErrorKind::store_deadline, "the deadline passed", {}};
    if (answer.error) return answer;
    const std::string old = values.count(entry.key) == 1 ? values[entry.key] : std::string();
    if (fault != Fault::lost_before) answer.answer = decide(entry, old);
    if (after_write) after_write(*this);
    if (fault) {
      answer.answer = run::ReadBack::Answer::failed;
      answer.error = Error{ErrorKind::no_answer, "the link died", {}, true};
      return answer;
    }
    answer.old_head = old.substr(0, envelope::kHeadBytes);
    answer.old_length = static_cast<std::int64_t>(old.size());
    answer.found = found(entry.key, entry.value.size() + 1024, false);
    return answer;
  }

  run::ReadBack::Answer decide(const run::Entry& entry, const std::string& old) {
    const auto head = envelope::read_head(old);
    const bool later = head && (head->version > entry.version ||
                                (head->version == entry.version && head->last_updated > entry.instant));
    if (later) return run::ReadBack::Answer::superseded;
    values[entry.key] = entry.value.text();
    return run::ReadBack::Answer::written;
  }

  Clock& clock_;
  std::string target_ = "fake:";
};

}  // namespace prewarm::test

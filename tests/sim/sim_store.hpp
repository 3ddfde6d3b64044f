// SPDX-License-Identifier: Apache-2.0
// A worker's connection to the modelled Redis, behind the product's seam. Every command is a switch point:
// others may come between reading a head and the next command, between a script and its read-back, between
// the last look at the deadline and the send. A link may die before or after bytes were sent; what was sent
// may arrive later still.
#pragma once

#include <functional>

#include "sim/clock.hpp"
#include "sim/redis_model.hpp"
#include "store/one_by_one.hpp"

namespace prewarm::sim {

/// What may go wrong now; the world changes it.
struct StoreFaults {
  std::uint64_t link_dies_one_in = 0;  // commands; 0: never
  /// A worker is about to send, or in the midst of, a write or a renewal.
  std::function<void(const std::string& worker)> at_write{};
};

class SimStore final : public test::OneByOne {
 public:
  struct Parts {
    Tasks& tasks;
    Chance& chance;
    History& history;
    RedisModel& redis;
    SimClock& clock;
    const StoreFaults& faults;
    const bool& dead;  // the worker has crashed: nothing it does has an effect
  };
  SimStore(Parts parts, std::string worker) : p_(parts), worker_(std::move(worker)) {}

  /// Whose writes come next, for the oracles.
  std::string run_id;
  BootTime run_deadline{};
  bool writing() const noexcept { return writing_; }

  const std::string& target() const noexcept override { return target_; }
  Result<void> probe(BootTime deadline) override;
  Result<void> open(BootTime deadline) override;
  Result<WallTime> time(BootTime deadline) override;
  Result<run::Found> read(const std::string& key, std::size_t cap, bool with_ttl, BootTime deadline) override;
  std::vector<run::ReadBack> write(std::span<const run::Entry> entries, Millis max_age,
                                   BootTime deadline) override;
  std::vector<run::ReadBack> renew(std::span<const run::Renewal> renewals, Millis max_age,
                                   BootTime deadline) override;
  Result<void> read_set(const std::string& key, IdList& ids, BootTime deadline) override;
  Result<std::optional<std::string>> get_record(const std::string& key, BootTime deadline) override;
  Result<void> put_record(const std::string& key, std::string_view text, Millis ttl,
                          BootTime deadline) override;
  void close() noexcept override { epoch_ = 0; }

 private:
  enum class Link : std::uint8_t { sound, dead_before, dead_after };
  Result<void> connect(BootTime deadline);
  bool linked() const noexcept { return epoch_ == p_.redis.epoch() && p_.redis.up(); }
  /// Others may come between, and what was aimed at this moment.
  void writing_pause(Nanos usual, Nanos most);
  /// One command's way to the server; what becomes of the link.
  Link send();
  Result<void> retry(BootTime deadline, const char* what);
  /// Runs `command` on a sound link, again and again until the deadline.
  template <class Command>
  auto reading(BootTime deadline, const Command& command) -> Result<decltype(command())>;
  std::vector<run::ReadBack> write_window(std::span<const run::Entry> entries, Millis max_age,
                                          BootTime deadline);
  void arrive_late(const run::Entry& entry, Millis max_age);
  void count_decision(const run::Entry& entry, const std::optional<Stored>& before,
                      run::ReadBack::Answer answer);
  Result<void> prove();
  /// What every write is answered; only while the server refuses.
  Error refusal() const;
  run::ReadBack script(const run::Entry& entry, Millis max_age, const std::string& run);
  run::ReadBack renewal(const run::Renewal& renewal, Millis max_age);
  run::Found found_of(const std::optional<Stored>& stored, std::size_t cap, bool with_ttl) const;
  void read_back(run::ReadBack& answer, const run::Entry& entry);

  Parts p_;
  const std::string worker_;
  const std::string target_ = "sim";
  std::uint64_t epoch_ = 0;
  bool writing_ = false, proved_ = false;
  int failures_ = 0;  // in a row, for the back-off
  WallTime store_time_;
  BootTime asked_{};
};

}  // namespace prewarm::sim

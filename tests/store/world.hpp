// SPDX-License-Identifier: Apache-2.0
// What the shared suite needs of each kind of store: stores of ours, and the hands of somebody else who puts
// values of his own there and looks at what is there without our code. Owned by one thread; each store
// belongs to the thread that uses it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "prewarm/envelope/envelope.hpp"
#include "prewarm/store/store.hpp"

namespace prewarm::store {

/// For calls that should succeed.
inline constexpr std::chrono::seconds kAmple{20};
/// D + U of the tests' writes.
inline constexpr Millis kMaxAge{40'000};

class World {
 public:
  World() : clock_(make_system_clock()) {}
  virtual ~World() = default;
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  virtual std::unique_ptr<Store> store() = 0;
  /// Another writer's value; no TTL: for ever (SQLite: a hundred years).
  virtual void plant(const std::string& key, const std::string& bytes, std::optional<Millis> ttl = {}) = 0;
  virtual void plant_other_type(const std::string& key) = 0;
  virtual std::optional<std::string> value(const std::string& key) = 0;
  virtual std::optional<Millis> ttl(const std::string& key) = 0;

  Clock& clock() noexcept { return *clock_; }
  BootTime soon() noexcept { return clock_->boot_now() + kAmple; }

 private:
  std::unique_ptr<Clock> clock_;
};

StoreSettings test_settings();

/// An entry sealed like those of a run: recent-listens:test:v{version}.
run::Entry entry_at(WallTime instant, std::int64_t version = 3, const std::string& payload = "[1]");
/// A window of one.
run::ReadBack write_one(Store& store, const run::Entry& entry, BootTime deadline);
/// The value of a Result, which must be one.
template <class T>
T sure(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().message);
  return *std::move(result);
}
inline void sure(const Result<void>& result) {
  if (!result.ok()) throw std::runtime_error(result.error().message);
}

}  // namespace prewarm::store

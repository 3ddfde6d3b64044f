// SPDX-License-Identifier: Apache-2.0
// `--if-older-than` of a fan-out: an id is left out when all its keys that can be told without its record
// hold values of this version that are young enough.
#include <algorithm>
#include <utility>

#include "pipeline/fan.hpp"
#include "prewarm/base/units.hpp"

namespace prewarm::pipeline {
namespace {

// An id and its part of the keys to look at.
struct Asked {
  std::size_t id = 0, keys = 0;
};

class Winnower {
 public:
  Winnower(const Flight& flight, store::Store& store) : flight_(flight), store_(store) {}

  Result<void> add(std::size_t id);
  Result<void> look();
  IdList& left() noexcept { return left_; }
  std::optional<WallTime> oldest_skipped() const noexcept { return oldest_; }

 private:
  // When the oldest of these was written; nothing if one of them has to be written anew.
  std::optional<WallTime> young(std::span<const run::Found> found, WallTime now) const;

  const Flight& flight_;
  store::Store& store_;
  IdList left_;
  std::optional<WallTime> oldest_;
  std::vector<Asked> asked_;
  std::vector<store::Look> looks_;
};

Result<void> Winnower::add(std::size_t id) {
  std::vector<std::string> keys;
  add_keys(flight_.schedule(), flight_.fan->id(id), keys);
  if (looks_.size() + keys.size() > store::kMaxWindowEntries) TRY(look());
  asked_.push_back({id, keys.size()});
  for (std::string& key : keys) looks_.push_back({std::move(key), envelope::kHeadBytes, false});
  return {};
}

std::optional<WallTime> Winnower::young(std::span<const run::Found> found, WallTime now) const {
  std::optional<WallTime> oldest;
  for (const run::Found& value : found) {
    const auto length =
        value.kind == run::Found::Kind::other_type ? -1 : static_cast<std::int64_t>(value.length);
    const auto seen = envelope::classify_head(value.bytes, length, flight_.schedule().store.version, now);
    if (seen.cls != envelope::Class::current) return std::nullopt;
    const WallTime written = seen.head->last_updated;
    if (now - written >= *flight_.run.if_older_than) return std::nullopt;
    oldest = std::min(oldest.value_or(written), written);
  }
  return oldest;
}

Result<void> Winnower::look() {
  TRY_ASSIGN(const auto found, store_.look(looks_, flight_.run.deadline));
  TRY_ASSIGN(const WallTime now, store_.time(flight_.run.deadline));
  std::span<const run::Found> rest(found);
  for (const Asked& asked : asked_) {
    const auto written = young(rest.first(asked.keys), now);
    rest = rest.subspan(asked.keys);
    if (written)
      oldest_ = std::min(oldest_.value_or(*written), *written);
    else
      left_.add(flight_.fan->id(asked.id));
  }
  asked_.clear();
  looks_.clear();
  return {};
}

Result<void> leave_young_out(Flight& flight, store::Store& store) {
  Fan& fan = *flight.fan;
  Winnower winnower(flight, store);
  for (std::size_t id = 0; id < fan.ids->size(); ++id) TRY(winnower.add(id));
  TRY(winnower.look());
  const std::size_t all = fan.ids->size();
  fan.skipped = all - winnower.left().size();
  fan.oldest_skipped = winnower.oldest_skipped();
  fan.ids = std::make_shared<const IdList>(std::move(winnower.left()));
  if (fan.ids->empty())
    return Error{
        ErrorKind::later_write,
        "all " + std::to_string(all) + " ids are younger than " + duration_text(*flight.run.if_older_than),
        {}};
  return {};
}

}  // namespace

void winnow(Flight& flight, store::Store& store, Clock& clock) {
  if (flight.error || !flight.fan || !flight.run.if_older_than) return;
  const BootTime began = clock.boot_now();
  if (auto done = leave_young_out(flight, store); !done) flight.error = std::move(done).error();
  flight.store_took += std::chrono::duration_cast<Millis>(clock.boot_now() - began);
}

}  // namespace prewarm::pipeline

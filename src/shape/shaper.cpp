// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "prewarm/envelope/envelope.hpp"
#include "shape/body_check.hpp"
#include "shape/guard.hpp"
#include "shape/keys.hpp"
#include "shape/mould.hpp"

namespace prewarm::shape {

struct Shaper::Parser {
  BodyCheck check;
};

Shaper::Shaper() : parser_(std::make_unique<Parser>()) {}
Shaper::~Shaper() = default;

Result<Shaped> Shaper::shape(const schedule::Schedule& schedule, const run::Body& body) {
  if (const auto fault = parser_->check.fault(body.bytes)) return not_json(body, *fault);
  TRY(meet_expectations(schedule.fetch, body.bytes));
  const auto cap = static_cast<std::size_t>(schedule.fetch.max_bytes.count);
  TRY_ASSIGN(Shaped shaped, mould(schedule.shape, body.bytes, std::min(kMostGrowth * cap, kMaxValueBytes)));
  TRY(guard_value(schedule.guard, shaped, value_of(schedule.shape, shaped)));
  TRY(fill_keys(schedule, body.bytes, shaped));
  return shaped;
}

std::vector<run::Entry> seal_entries(const schedule::Schedule& schedule, const Shaped& shaped,
                                     WallTime instant) {
  const std::int64_t version = schedule.store.version;
  const std::string value = envelope::seal(version, instant, shaped.payload);
  const auto head = envelope::read_head(value);
  ENSURE(head && head->version == version && head->last_updated == instant);
  std::vector<run::Entry> entries;
  for (const std::string& key : shaped.keys)
    entries.push_back({key, value, version, instant, schedule.store.ttl, !entries.empty()});
  return entries;
}

}  // namespace prewarm::shape

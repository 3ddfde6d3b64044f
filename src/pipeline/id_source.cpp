// SPDX-License-Identifier: Apache-2.0
// Where the ids of a fan-out come from: catalog and store have them at once, a URL page by page.
#include <algorithm>
#include <utility>

#include "pipeline/fan.hpp"

namespace prewarm::pipeline {
namespace {

Result<void> begin_fan(Flight& flight, IdListPtr ids) {
  if (ids->empty())
    return Error{ErrorKind::id_source, "the id source holds no id",
                 "look at fanout.ids: nothing is asked for"};
  auto fan = std::make_shared<Fan>();
  fan->run = flight.run;
  fan->token = flight.token;
  fan->ids = std::move(ids);
  fan->refusals = flight.record.refusals;
  fan->previous_write = flight.previous_write;
  const schedule::Schedule& schedule = fan->schedule();
  const auto& keys = schedule.store.keys;
  fan->shares_keys = !std::all_of(keys.begin(), keys.end(), [](const auto& key) { return key.needs_id(); });
  fan->record_key = ledger::record_key(schedule);
  const bool one_each = schedule.fanout->batch == 1;
  if (one_each && !fan->run.dry_run && upstream::may_be_conditional(schedule.fetch))
    fan->made_by = upstream::made_by(schedule);
  flight.fan = std::move(fan);
  return {};
}

}  // namespace

Result<void> find_ids(Flight& flight, store::Store& store) {
  const auto& ids = flight.schedule().fanout->ids;
  if (const auto* list = std::get_if<IdListPtr>(&ids)) return begin_fan(flight, *list);
  if (const auto* source = std::get_if<schedule::UrlIds>(&ids)) {
    flight.listing = std::make_unique<Listing>(*source);
    return {};
  }
  const auto* set = std::get_if<schedule::SetIds>(&ids);
  auto members = std::make_shared<IdList>();
  TRY(store.read_set(set->key, *members, flight.run.deadline));
  return begin_fan(flight, std::move(members));
}

Result<void> read_ids(Flight& flight, shape::Shaper& shaper) {
  const auto& source = *std::get_if<schedule::UrlIds>(&flight.schedule().fanout->ids);
  Listing& listing = *flight.listing;
  auto page = shaper.ids(source, flight.body, listing.ids);
  if (!page) {
    Error error = std::move(page).error();
    if (source.pages) error.message = listing.walk.name() + ": " + error.message;
    return error;
  }
  TRY_ASSIGN(const bool more, listing.walk.turn({flight.body.link, std::move(page->cursor), page->records,
                                                 flight.body.bytes}));
  if (more) return {};
  auto ids = std::make_shared<const IdList>(std::move(listing.ids));
  flight.listing.reset();
  return begin_fan(flight, std::move(ids));
}

}  // namespace prewarm::pipeline

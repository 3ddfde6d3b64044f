// SPDX-License-Identifier: Apache-2.0
// An operation through the product's seam. Pure but for the store.
#pragma once

#include "campaign/trace.hpp"

namespace prewarm::campaign {

/// Only for operations of a worker.
inline Outcome act_on(store::Store& store, const Operation& operation, BootTime deadline) {
  using Kind = Operation::Kind;
  Outcome outcome;
  const auto take = [&outcome](auto result, auto& place) {
    if (result.ok())
      place = *std::move(result);
    else
      outcome.error = result.error().kind;
  };
  switch (operation.kind) {
    case Kind::write:
      outcome.answers = store.write(operation.entries, operation.max_age, deadline);
      break;
    case Kind::renew:
      outcome.answers = store.renew(operation.renewals, operation.max_age, deadline);
      break;
    case Kind::read: {
      const store::Look& look = operation.looks.front();
      take(store.read(look.key, look.cap, look.facts, deadline), outcome.found.emplace_back());
      break;
    }
    case Kind::look:
      take(store.look(operation.looks, deadline), outcome.found);
      break;
    case Kind::get_records:
      take(store.get_records(operation.keys, deadline), outcome.records);
      break;
    case Kind::put_records:
      if (const auto put = store.put_records({operation.records, operation.ttl}, deadline); !put)
        outcome.error = put.error().kind;
      break;
    case Kind::reconnect:
      store.close();
      break;
    default:
      break;
  }
  return outcome;
}

}  // namespace prewarm::campaign

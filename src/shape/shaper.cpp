// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "prewarm/envelope/envelope.hpp"
#include "shape/body_check.hpp"
#include "shape/guard.hpp"
#include "shape/keys.hpp"
#include "shape/mould.hpp"
#include "shape/records.hpp"

namespace prewarm::shape {

struct Shaper::Parser {
  BodyCheck check;
};

Shaper::Shaper() : parser_(std::make_unique<Parser>()) {}
Shaper::~Shaper() = default;

namespace {

// Sound JSON that is what `fetch.expect` wants.
Result<void> check_body(BodyCheck& check, const schedule::Schedule& schedule, const run::Body& body) {
  if (const auto fault = check.fault(body.bytes)) return not_json(body, *fault);
  return meet_expectations(schedule.fetch, body.bytes);
}

}  // namespace

Result<Shaped> Shaper::shape(const schedule::Schedule& schedule, const run::Body& body) {
  TRY(check_body(parser_->check, schedule, body));
  const schedule::KeyNames names = schedule.key_names();
  return shape_record(schedule, {names, {}, body.bytes});
}

Result<Records> Shaper::records(const schedule::Schedule& schedule, const run::Body& body,
                                const Asked& asked) {
  TRY(check_body(parser_->check, schedule, body));
  return read_records(schedule, body.bytes, asked);
}

Result<void> Shaper::ids(const schedule::UrlIds& source, const run::Body& body, IdList& ids) {
  if (const auto fault = parser_->check.fault(body.bytes)) {
    Error error = not_json(body, *fault);
    error.kind = ErrorKind::id_source;
    return error;
  }
  return read_ids(source, body.bytes, ids);
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

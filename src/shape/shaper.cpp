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

// The bytes of a short text lie in the string itself, and move with it.
bool stays(const run::Body& body) { return body.bytes.capacity() >= sizeof(std::string); }

}  // namespace

void Payload::take_over() {
  if (lies()) own_ = std::exchange(part_, {});
}

Result<Shaped> Shaper::shape(const schedule::Schedule& schedule, const run::Body& body) {
  TRY(check_body(parser_->check, schedule, body));
  const schedule::KeyNames names = schedule.key_names();
  auto shaped = shape_record(schedule, {schedule.store.keys, names, {}, body.bytes});
  if (shaped && !stays(body)) shaped->payload.take_over();
  return shaped;
}

Result<Records> Shaper::records(const schedule::Schedule& schedule, const run::Body& body,
                                const Asked& asked) {
  TRY(check_body(parser_->check, schedule, body));
  auto records = read_records(schedule, {body.bytes, parser_->check.brackets()}, asked);
  if (!records || stays(body)) return records;
  for (IdValue& value : records->values)
    if (value.shaped) value.shaped->payload.take_over();
  return records;
}

void Shaper::rest() { parser_->check.rest(); }

Result<IdPage> Shaper::ids(const schedule::UrlIds& source, const run::Body& body, IdList& ids) {
  if (const auto fault = parser_->check.fault(body.bytes)) {
    Error error = not_json(body, *fault);
    error.kind = ErrorKind::id_source;
    return error;
  }
  return read_ids(source, body.bytes, ids);
}

Sealer::Sealer(const schedule::Schedule& schedule, WallTime instant)
    : store_(schedule.store), instant_(instant), head_(envelope::head(store_.version, instant)) {
  const auto head = envelope::read_head(head_);
  ENSURE(head && head->version == store_.version && head->last_updated == instant);
}

std::size_t Sealer::seal(std::string_view payload, std::vector<std::string> keys,
                         std::vector<run::Entry>& entries) const {
  for (std::size_t i = 0; i < keys.size(); ++i)
    entries.push_back({std::move(keys[i]), {head_, payload}, store_.version, instant_, store_.ttl, i > 0});
  return keys.size();
}

}  // namespace prewarm::shape

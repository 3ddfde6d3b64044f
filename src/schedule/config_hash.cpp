// SPDX-License-Identifier: Apache-2.0
// A short name for what a schedule does, to see in reports that two workers or two runs had the same
// definition.
#include "draft.hpp"
#include "prewarm/base/hash.hpp"
#include "prewarm/base/json_text.hpp"

namespace prewarm::schedule {
namespace {

// What a value says, however it is spelt: the definition's own value where there is one, so that "60s" is
// "1m". Texts with ${NAME} come from the file, unfilled.
std::string as_written(const Draft& draft, std::string_view pointer) {
  const auto field = draft.fields.find(pointer);
  return field == draft.fields.end() ? "null" : compact_json(*field->second.node);
}

std::string canonical(const Draft& draft) {
  const Schedule& schedule = draft.schedule;
  const FetchSpec& fetch = schedule.fetch;
  JsonObject out;
  out.add("name", schedule.name).add("env", schedule.env);
  out.add("schedule", schedule.cron.text()).add("timezone", schedule.zone.name());
  for (const auto& [name, duration] :
       {std::pair{"jitter", schedule.jitter}, std::pair{"timeout", schedule.timeout},
        std::pair{"staleAfter", schedule.stale_after}, std::pair{"fetch.timeout", fetch.timeout},
        std::pair{"store.ttl", schedule.store.ttl}})
    out.add(name, static_cast<std::int64_t>(duration.count()));
  out.add("overlap", static_cast<int>(schedule.overlap)).add("missed", static_cast<int>(schedule.missed));
  out.add("fetch.method", static_cast<int>(fetch.method)).add("fetch.retries", fetch.retries);
  out.add("fetch.maxBytes", fetch.max_bytes.count);
  out.add("fetch.conditional", fetch.conditional);
  if (fetch.rate)
    out.add("fetch.rate", fetch.rate->count)
        .add("per", static_cast<std::int64_t>(fetch.rate->per.count()))
        .add("fetch.burst", fetch.rate->burst);
  out.add("store.version", schedule.store.version);
  out.add("store.staleIfError",
          static_cast<std::int64_t>(schedule.store.stale_if_error.value_or(Millis(0)).count()));
  out.add("heartbeatStyle", static_cast<int>(schedule.heartbeat.style));
  for (const std::string_view pointer :
       {"/fetch/url", "/fetch/body", "/fetch/query", "/fetch/headers", "/fetch/expect", "/fetch/caFile",
        "/fanout", "/shape/select", "/shape/pick", "/shape/limit", "/shape/as", "/guard", "/heartbeat"})
    out.add_raw(pointer, as_written(draft, pointer));
  for (const KeyTemplate& key : schedule.store.keys) out.add("key", key.text());
  return out.text();
}

}  // namespace

std::string config_hash(const Draft& draft) { return sha256_hex(canonical(draft), 8); }

}  // namespace prewarm::schedule

// SPDX-License-Identifier: Apache-2.0
// Fields of one file that exclude or need each other.
#include <algorithm>

#include "draft.hpp"
#include "prewarm/base/json_text.hpp"
#include "prewarm/base/memory_limit.hpp"

namespace prewarm::schedule {
namespace {

// What a large value on Redis costs: the server does nothing else while it takes one in.
constexpr std::uint64_t kLargeOnRedis = 8U << 20;
constexpr std::uint64_t kMebibyte = 1U << 20;

void check_fetch(Draft& draft) {
  const FetchSpec& fetch = draft.schedule.fetch;
  if (draft.given("/fetch/body") && draft.sound("/fetch/method") && fetch.method == Method::get)
    draft.report("/fetch/body", draft.place_of("/fetch/body"),
                 {114, "is not sent with GET", "\"method\": \"POST\", or take the body out"});
  if (draft.given("/fetch/conditional") && fetch.conditional && fetch.method == Method::post)
    draft.report("/fetch/conditional", draft.place_of("/fetch/conditional"),
                 {114, "is for GET", "take it out, or \"method\": \"GET\""});
  if (draft.input.store_is_redis && fetch.max_bytes.count > kLargeOnRedis)
    draft.report("/fetch/maxBytes",
                 {238,
                  draft.written("/fetch/maxBytes") +
                      " is above 8MiB: while Redis takes in a value of that size it serves nobody",
                  "\"8MiB\", or shape the value smaller"});
}

std::string whole_mib(std::uint64_t bytes) { return std::to_string(bytes >> 20U) + "MiB"; }

// PROMISES 8, N7.
void check_memory(Draft& draft) {
  const auto limit = draft.input.memory_limit;
  const std::uint64_t wanted = draft.schedule.fetch.max_bytes.count, most = body_budget(limit, wanted);
  if (most >= wanted) return;
  const std::string more = "a memory limit of at least " + whole_mib(limit_for(wanted) + kMebibyte - 1);
  draft.report("/fetch/maxBytes", {106,
                                   draft.written("/fetch/maxBytes") +
                                       " does not fit into the memory of the process, " + whole_mib(*limit),
                                   most < kMebibyte ? more : "\"" + whole_mib(most) + "\", or " + more});
}

// Of a rate that was read: what it gives in a second, unless the file says.
void check_rate(Draft& draft) {
  auto& rate = draft.schedule.fetch.rate;
  if (!draft.given("/fetch/rate")) {
    if (draft.given("/fetch/burst"))
      draft.report("/fetch/burst", draft.place_of("/fetch/burst"),
                   {114, "needs a rate", R"("rate": "10/s", or take it out)"});
    rate.reset();
    return;
  }
  if (!rate || !draft.sound("/fetch/rate") || !draft.sound("/fetch/burst")) return;
  if (!draft.given("/fetch/burst"))
    rate->burst = std::max<std::int64_t>(1, rate->count * 1000 / rate->per.count());
  if (rate->burst > rate->count)
    draft.report("/fetch/burst", {106,
                                  std::to_string(rate->burst) + " is above the count of the rate, " +
                                      draft.written("/fetch/rate"),
                                  "at most " + std::to_string(rate->count)});
}

void check_guard(Draft& draft) {
  const GuardSpec& guard = draft.schedule.guard;
  if (guard.min_items && guard.max_items && *guard.min_items > *guard.max_items)
    draft.report("/guard/minItems",
                 {411,
                  std::to_string(*guard.min_items) + " is above maxItems " +
                      std::to_string(*guard.max_items) + ": no array can have so many and so few",
                  "at most " + std::to_string(*guard.max_items)});
  const auto limit = draft.schedule.shape.limit;
  if (limit && guard.min_items && *limit < *guard.min_items)
    draft.report("/shape/limit", {412,
                                  std::to_string(*limit) + " is below guard.minItems " +
                                      std::to_string(*guard.min_items) + ": every value would be refused",
                                  "at least " + std::to_string(*guard.min_items)});
  if (guard.type == GuardType::any || guard.type == GuardType::array) return;
  for (const std::string_view rule : {"/guard/minItems", "/guard/maxItems", "/guard/unique"})
    if (draft.given(rule))
      draft.report(rule, {411, "is for arrays, but guard.type is \"" + draft.written("/guard/type") + "\"",
                          "\"type\": \"array\", or take it out"});
}

// Only a fan-out fills {id}, and in one each id needs a key of its own.
void check_ids_in_keys(Draft& draft) {
  const auto& keys = draft.schedule.store.keys;
  if (!draft.sound("/store/keys") || !draft.sound("/fanout")) return;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const KeyTemplate& key = keys[i];
    const auto refuse = [&](const std::string& message, const std::string& remedy) {
      draft.report("/store/keys", draft.place_of("/store/keys", i),
                   {114, json_quote(cut_text(key.text(), 80)) + message, remedy}, cut_text(key.text(), 80));
    };
    if (!draft.given("/fanout") && key.needs_id())
      refuse(" holds {id}, which only a fan-out fills in",
             R"({/id} for a member of the record, or "fanout": { "ids": [...] })");
    if (draft.given("/fanout") && !key.needs_id() && !key.needs_record())
      refuse(" is one key for all ids of the fan-out",
             json_quote(key.text().substr(0, key.text().rfind(':')) + ":{id}:v{version}"));
  }
}

// The key, then aliases; the default when none is given.
void check_keys(Draft& draft) {
  Schedule& schedule = draft.schedule;
  auto& keys = schedule.store.keys;
  if (!draft.given("/store/keys"))
    keys.push_back(std::get<KeyTemplate>(KeyTemplate::parse(
        draft.given("/fanout") ? "{name}:{env}:{id}:v{version}" : "{name}:{env}:v{version}")));
  check_ids_in_keys(draft);
  for (const KeyTemplate& key : keys) {
    const std::string pattern = key.pattern(schedule.key_names());
    if (pattern.size() > kMaxKeyBytes)
      draft.report("/store/keys", {121,
                                   "makes keys of " + std::to_string(pattern.size()) + " bytes, more than " +
                                       std::to_string(kMaxKeyBytes),
                                   "a shorter template"});
    if (pattern.substr(0, 8) == "prewarm:")
      draft.report("/store/keys", {122, "makes keys that begin with \"prewarm:\", which are the ledger's own",
                                   "another first part"});
  }
}

}  // namespace

void check_agreement(Draft& draft) {
  check_fetch(draft);
  check_memory(draft);
  check_rate(draft);
  check_guard(draft);
  check_keys(draft);
}

}  // namespace prewarm::schedule

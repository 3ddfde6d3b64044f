// SPDX-License-Identifier: Apache-2.0
#include "fields.hpp"

#include <array>

#include "readers.hpp"

namespace prewarm::schedule {
namespace {

constexpr std::int64_t kSecond = 1000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::int64_t kKiB = 1024;
constexpr std::int64_t kMiB = 1024 * kKiB;

// Reads into a member of the definition: into<&Schedule::fetch, &FetchSpec::timeout>.
template <auto... Members>
bool into(const Reading& in) {
  return read(in, (in.draft.schedule.*....*Members));
}

template <auto Member>
bool into_fanout(const Reading& in) {
  return read(in, fanout_of(in.draft).*Member);
}

template <auto Member>
bool into_pages(const Reading& in) {
  return read(in, pages_of(in.draft).*Member);
}

// In the order of the enumerations.
constexpr auto kOverlaps = std::to_array<std::string_view>({"skip", "queue-one"});
constexpr auto kMissed = std::to_array<std::string_view>({"run-latest", "skip"});
constexpr auto kMethods = std::to_array<std::string_view>({"GET", "POST"});
constexpr auto kGuardTypes =
    std::to_array<std::string_view>({"any", "array", "object", "string", "number", "boolean"});
constexpr auto kStyles =
    std::to_array<std::string_view>({"healthchecks", "betterstack", "cronitor", "generic"});
constexpr auto kPagesBy = std::to_array<std::string_view>({"link", "cursor", "offset"});

// SURFACE 4, in the order of the reference page. Kept out of clang-format, so that a row reads as a row.
// clang-format off
constexpr auto kFields = std::to_array<Field>({
    {.pointer = "/$schema", .type = Type::ignored,
     .meaning = "names the JSON Schema for editors; never opened", .read = read_ignored},
    {.pointer = "/format", .type = Type::integer, .fallback = "1", .range = {1, 1}, .codes = "PW902",
     .meaning = "format of this file", .read = read_format},
    {.pointer = "/description", .type = Type::text, .range = {0, 200},
     .meaning = "what the value is for; shown on the page and with failures",
     .read = into<&Schedule::description>},
    {.pointer = "/owner", .type = Type::text, .range = {0, 100},
     .meaning = "who is told when it fails", .read = into<&Schedule::owner>},
    {.pointer = "/runbook", .type = Type::url, .range = {0, 2048}, .limits = "http(s)", .codes = "PW230",
     .meaning = "page that says what to do when it fails", .read = read_runbook},
    {.pointer = "/tags", .type = Type::words, .fallback = "[]", .range = {0, 16},
     .limits = "16 of `[a-z0-9-]{1,32}`",
     .meaning = "to filter by", .read = read_tags},
    {.pointer = "/schedule", .type = Type::cron, .fallback = "required", .example = "\"*/5 * * * *\"",
     .codes = "PW210 PW211 PW212 PW213 PW214 PW216 PW217",
     .meaning = "when: five fields, `@hourly` and the like, or `@every 90s`", .read = read_cron},
    {.pointer = "/timezone", .type = Type::zone, .fallback = "UTC",
     .limits = "IANA name: `UTC` or with a `/`", .codes = "PW215",
     .meaning = "whose clock the expression reads", .read = read_zone},
    {.pointer = "/jitter", .type = Type::duration, .fallback = "0s", .range = {0, kHour},
     .limits = "0s-1h, at most half the shortest gap", .codes = "PW218",
     .meaning = "spread of starts after the slot", .read = into<&Schedule::jitter>},
    {.pointer = "/overlap", .type = Type::choice, .fallback = "skip", .choices = kOverlaps,
     .meaning = "if the previous run of this schedule is still going", .read = into<&Schedule::overlap>},
    {.pointer = "/missed", .type = Type::choice, .fallback = "run-latest", .choices = kMissed,
     .meaning = "slots that passed unattended", .read = into<&Schedule::missed>},
    {.pointer = "/timeout", .type = Type::duration, .fallback = "30s", .range = {kSecond, 15 * kMinute},
     .codes = "PW226",
     .meaning = "run deadline, from its start to the last read-back", .read = into<&Schedule::timeout>},
    {.pointer = "/staleAfter", .type = Type::duration, .fallback = "2 x longest gap + timeout",
     .range = {kSecond, 3650 * kDay}, .codes = "PW223 PW224",
     .meaning = "limit of the value's age: older, and somebody should know",
     .read = into<&Schedule::stale_after>},
    {.pointer = "/allow", .type = Type::codes, .fallback = "[]", .limits = "codes of warnings",
     .codes = "PW109",
     .meaning = "silences these warnings for this file", .read = read_allow},
    {.pointer = "/fetch", .type = Type::section, .meaning = "what is asked of the upstream"},
    {.pointer = "/fetch/url", .type = Type::filled, .fallback = "required",
     .limits = "2048 bytes filled; http, https", .example = "\"https://api.example.net/items\"",
     .codes = "PW114 PW230 PW231 PW232",
     .meaning = "where; no user info, no fragment; `{id}` exactly once if a fan-out has `batch` 1",
     .read = read_url},
    {.pointer = "/fetch/method", .type = Type::choice, .fallback = "GET", .choices = kMethods,
     .meaning = "how", .read = into<&Schedule::fetch, &FetchSpec::method>},
    {.pointer = "/fetch/body", .type = Type::body, .range = {0, 64 * kKiB}, .limits = "64KiB, POST only",
     .codes = "PW114",
     .meaning = "text, or JSON that is sent compact as application/json", .read = read_body},
    {.pointer = "/fetch/query", .type = Type::query, .fallback = "{}", .range = {0, 64}, .codes = "PW232",
     .meaning = "percent-encoded and appended to the URL in the order written; a list repeats the name",
     .read = read_query},
    {.pointer = "/fetch/headers", .type = Type::headers, .fallback = "{}", .range = {0, 32},
     .limits = "32; not host, content-length, transfer-encoding, connection, accept-encoding",
     .codes = "PW232 PW236 PW306",
     .meaning = "sent besides `accept: application/json` and `user-agent: prewarm/VERSION`, which they replace",
     .read = read_headers},
    {.pointer = "/fetch/timeout", .type = Type::duration, .fallback = "10s, or `timeout` if shorter",
     .range = {100, 15 * kMinute}, .limits = "100ms-`timeout`", .codes = "PW220",
     .meaning = "one attempt; never beyond what is left of the run",
     .read = into<&Schedule::fetch, &FetchSpec::timeout>},
    {.pointer = "/fetch/retries", .type = Type::integer, .fallback = "2", .range = {0, 5},
     .meaning = "further attempts on network errors, 408, 425, 429, 500, 502-504, 520-527",
     .read = into<&Schedule::fetch, &FetchSpec::retries>},
    {.pointer = "/fetch/rate", .type = Type::rate, .fallback = "off", .range = {1, 1000000},
     .limits = "1-1000000 requests over 1s-1h: `10/s`, `600/m`, `600/10m`",
     .meaning = "requests to scheme, host and port of `fetch.url`, those of all schedules together; the strictest of them holds",
     .read = read_rate},
    {.pointer = "/fetch/burst", .type = Type::integer, .fallback = "what `rate` gives in 1s, at least 1",
     .range = {1, 1000000}, .limits = "1 to the count of `rate`", .codes = "PW114",
     .meaning = "requests that may leave at once after a pause",
     .read = read_burst},
    {.pointer = "/fetch/maxBytes", .type = Type::size, .fallback = "1MiB", .range = {kKiB, 64 * kMiB},
     .codes = "PW238",
     .meaning = "of the body, counted after decompression",
     .read = into<&Schedule::fetch, &FetchSpec::max_bytes>},
    {.pointer = "/fetch/conditional", .type = Type::boolean, .fallback = "true", .limits = "GET only",
     .meaning = "asks only for what is newer than the stored value (ETag, Last-Modified), as long as that is provably our own and fetch, shape and version are the same",
     .read = into<&Schedule::fetch, &FetchSpec::conditional>},
    {.pointer = "/fetch/expect", .type = Type::expect, .fallback = "{}", .range = {0, 16}, .codes = "PW401",
     .meaning = "JSON Pointer to the constant that the body must hold there; nothing there counts as null; texts compare without ASCII case",
     .read = read_expect},
    {.pointer = "/fetch/caFile", .type = Type::path, .fallback = "system CAs",
     .limits = "beside the schedule file", .codes = "PW307",
     .meaning = "PEM file of the authorities that may sign the upstream's certificate", .read = read_ca_file},
    {.pointer = "/fanout", .type = Type::section, .fallback = "off",
     .meaning = "one key for each of many ids"},
    {.pointer = "/fanout/ids", .type = Type::ids, .fallback = "required", .range = {1, kMaxIdBytes},
     .limits = "1000000 ids of 1-200 bytes", .example = "[\"a\", \"b\"]", .codes = "PW105 PW114 PW524",
     .meaning = "which ids: a list, or an object with `file`, `url` or `redisSet`; repeated ones are dropped",
     .read = read_id_list},
    {.pointer = "/fanout/ids/file", .type = Type::path, .limits = "256MiB; beside the schedule file",
     .codes = "PW114 PW307 PW524",
     .meaning = "text with one id a line, `#` begins a comment; read with the schedule files",
     .read = read_id_file},
    {.pointer = "/fanout/ids/url", .type = Type::filled, .limits = "2048 bytes filled; http, https",
     .codes = "PW114 PW230 PW231 PW232",
     .meaning = "fetched first in each run, by the rules of `fetch`", .read = read_ids_url},
    {.pointer = "/fanout/ids/pointer", .type = Type::pointer, .fallback = "\"\"", .codes = "PW114 PW401",
     .meaning = "in the body of `url`: an array of texts or numbers, or of objects with one at `id`",
     .read = read_ids_pointer},
    {.pointer = "/fanout/ids/id", .type = Type::pointer, .codes = "PW114 PW401",
     .meaning = "the id, from an element of that array; without it the element is the id",
     .read = read_ids_id},
    {.pointer = "/fanout/ids/headers", .type = Type::headers, .fallback = "{}", .range = {0, 32},
     .limits = "32; as of `fetch.headers`", .codes = "PW114 PW232 PW236 PW306",
     .meaning = "sent to `url`, which gets none of `fetch.headers`", .read = read_ids_headers},
    {.pointer = "/fanout/ids/pages", .type = Type::section, .fallback = "off",
     .meaning = "the list of `url` goes on over further pages, at most 10000, all of one origin; a page that fails fails the run"},
    {.pointer = "/fanout/ids/pages/by", .type = Type::choice, .fallback = "required", .choices = kPagesBy,
     .example = "\"link\"", .codes = "PW114",
     .meaning = "what names the next page: the answer's Link header with rel=next, a cursor in its body, or a count of the records so far",
     .read = into_pages<&Pages::by>},
    {.pointer = "/fanout/ids/pages/param", .type = Type::text, .range = {1, 100},
     .limits = "1-100 characters; required by cursor and offset", .codes = "PW114",
     .meaning = "name of the query parameter that is appended to `url`: the cursor, from the second page on; or the offset, from the first, which is 0",
     .read = into_pages<&Pages::param>},
    {.pointer = "/fanout/ids/pages/pointer", .type = Type::pointer, .limits = "required by cursor",
     .codes = "PW114 PW401",
     .meaning = "the next page's cursor in the body, a text or a number; null, an empty text or nothing there: the list ends",
     .read = into_pages<&Pages::pointer>},
    {.pointer = "/fanout/ids/pages/step", .type = Type::integer, .range = {1, kMaxIds},
     .limits = "1-1000000; required by offset", .codes = "PW114 PW524",
     .meaning = "records of a full page, exactly: a page with fewer ends the list",
     .read = into_pages<&Pages::step>},
    {.pointer = "/fanout/ids/redisSet", .type = Type::text, .range = {1, kMaxKeyBytes},
     .limits = "512 bytes; Redis stores; must hold `{env}`", .codes = "PW114 PW120 PW121 PW237",
     .meaning = "key of a set in the store, `{name}` and `{env}` filled in; read at the start of each run",
     .read = read_ids_set},
    {.pointer = "/fanout/batch", .type = Type::integer, .fallback = "1", .range = {1, 1000},
     .codes = "PW114 PW234 PW235",
     .meaning = "ids a request; 1: one request each, with `{id}` in `fetch.url`. Of `api.clerk.com` 100 at most, and `limit` must be in `fetch.query`",
     .read = into_fanout<&FanoutSpec::batch>},
    {.pointer = "/fanout/param", .type = Type::text, .range = {1, 100},
     .limits = "1-100 characters; required if `batch` is above 1", .codes = "PW114",
     .meaning = "name of the query parameter for the ids, repeated once an id",
     .read = into_fanout<&FanoutSpec::param>},
    {.pointer = "/fanout/join", .type = Type::text, .range = {1, 3}, .limits = "1-3 characters",
     .codes = "PW114",
     .meaning = "the parameter is sent once, the ids in it joined by this",
     .read = into_fanout<&FanoutSpec::join>},
    {.pointer = "/fanout/records", .type = Type::pointer, .fallback = "\"\"", .codes = "PW401",
     .meaning = "in the body: the array of records; if `batch` is 1 the record itself",
     .read = into_fanout<&FanoutSpec::records>},
    {.pointer = "/fanout/id", .type = Type::pointer, .limits = "required if `batch` is above 1",
     .codes = "PW114 PW401",
     .meaning = "id of a record, from the record; ids that nobody asked for are passed over",
     .read = into_fanout<&FanoutSpec::id>},
    {.pointer = "/fanout/floor", .type = Type::number, .fallback = "1", .range = {0, 1},
     .meaning = "share of the ids that must come back; with less the run is `partial`",
     .read = into_fanout<&FanoutSpec::floor>},
    {.pointer = "/shape", .type = Type::section, .meaning = "what of the body becomes the value"},
    {.pointer = "/shape/select", .type = Type::pointer, .fallback = "\"\"", .codes = "PW401",
     .meaning = "the value, from the body; in a fan-out from the record", .read = into<&Schedule::shape, &ShapeSpec::select>},
    {.pointer = "/shape/pick", .type = Type::pick, .range = {1, 64}, .codes = "PW401 PW403",
     .meaning = "output member to JSON Pointer from each element (from the value if it is no array) or `{\"const\": any}`; nothing there: null",
     .read = read_pick},
    {.pointer = "/shape/limit", .type = Type::integer, .range = {1, 100000}, .codes = "PW412",
     .meaning = "keeps the first elements", .read = into<&Schedule::shape, &ShapeSpec::limit>},
    {.pointer = "/shape/as", .type = Type::name, .limits = "`[A-Za-z_][A-Za-z0-9_]{0,63}`",
     .meaning = "wraps the value: `{\"tracks\":[...]}`",
     .read = [](const Reading& in) { return read_name(in, in.draft.schedule.shape.as); }},
    {.pointer = "/guard", .type = Type::section,
     .meaning = "what a value must be before it may replace the stored one"},
    {.pointer = "/guard/type", .type = Type::choice, .fallback = "any", .choices = kGuardTypes,
     .codes = "PW411",
     .meaning = "JSON type of the value", .read = into<&Schedule::guard, &GuardSpec::type>},
    {.pointer = "/guard/allowNull", .type = Type::boolean, .fallback = "false", .codes = "PW411",
     .meaning = "null may be stored", .read = into<&Schedule::guard, &GuardSpec::allow_null>},
    {.pointer = "/guard/minItems", .type = Type::integer, .range = {0, 1000000}, .codes = "PW411 PW412",
     .meaning = "elements of an array; 0: an empty one may replace one that is not",
     .read = into<&Schedule::guard, &GuardSpec::min_items>},
    {.pointer = "/guard/maxItems", .type = Type::integer, .range = {0, 1000000}, .codes = "PW411",
     .meaning = "elements of an array", .read = into<&Schedule::guard, &GuardSpec::max_items>},
    {.pointer = "/guard/required", .type = Type::pointers, .fallback = "[]", .range = {0, 32},
     .codes = "PW401",
     .meaning = "must be there and not null", .read = into<&Schedule::guard, &GuardSpec::required>},
    {.pointer = "/guard/unique", .type = Type::pointer, .codes = "PW401 PW411",
     .meaning = "no two elements may agree there", .read = into<&Schedule::guard, &GuardSpec::unique>},
    {.pointer = "/guard/maxShrink", .type = Type::number, .range = {0, 1},
     .meaning = "refused if below stored x (1 - this); items if both are arrays, else payload bytes",
     .read = into<&Schedule::guard, &GuardSpec::max_shrink>},
    {.pointer = "/guard/maxGrow", .type = Type::number, .range = {0, 1000},
     .meaning = "refused if above stored x (1 + this)", .read = into<&Schedule::guard, &GuardSpec::max_grow>},
    {.pointer = "/guard/confirmations", .type = Type::integer, .fallback = "0", .range = {0, 100},
     .meaning = "after so many refusals in a row by a rule that compares with the stored value, the next such answer is taken; 0: never",
     .read = into<&Schedule::guard, &GuardSpec::confirmations>},
    {.pointer = "/store", .type = Type::section, .meaning = "where the value is kept, and how long"},
    {.pointer = "/store/version", .type = Type::integer, .fallback = "required", .range = {1, 999999999},
     .example = "1",
     .meaning = "schema version of the payload; part of the key",
     .read = into<&Schedule::store, &StoreSpec::version>},
    {.pointer = "/store/ttl", .type = Type::duration,
     .fallback = "3 x longest gap, or the least TTL if larger", .range = {kSecond, 3650 * kDay},
     .codes = "PW221 PW222",
     .meaning = "how long the value lives without a further run", .read = read_ttl},
    {.pointer = "/store/staleIfError", .type = Type::duration, .fallback = "off",
     .range = {kSecond, 3650 * kDay}, .limits = "`ttl`-3650d", .codes = "PW225",
     .meaning = "a failed run lets the last good value live longer, up to this age",
     .read = into<&Schedule::store, &StoreSpec::stale_if_error>},
    {.pointer = "/store/keys", .type = Type::keys, .fallback = "{name}:{env}:v{version}, in a fan-out {name}:{env}:{id}:v{version}",
     .range = {1, 8}, .codes = "PW110 PW114 PW120 PW121 PW122",
     .meaning = "key template, or a list of them: the key, then aliases", .read = read_keys},
    {.pointer = "/heartbeat", .type = Type::filled, .fallback = "off",
     .limits = "2048 bytes filled; http, https; empty = off", .codes = "PW231 PW233",
     .meaning = "URL that is told of start, success and failure", .read = read_heartbeat},
    {.pointer = "/heartbeatStyle", .type = Type::choice, .fallback = "healthchecks", .choices = kStyles,
     .meaning = "which service's way of being told",
     .read = into<&Schedule::heartbeat, &HeartbeatSpec::style>},
});
// clang-format on

}  // namespace

std::span<const Field> field_table() { return kFields; }

const Field* find_field(std::string_view pointer) noexcept {
  for (const Field& field : kFields)
    if (field.pointer == pointer) return &field;
  return nullptr;
}

}  // namespace prewarm::schedule

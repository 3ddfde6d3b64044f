// SPDX-License-Identifier: Apache-2.0
// One schedule, as declared: what to fetch, when, how to shape, guard and store it. Made by the catalog
// loader with every default filled in and every `${NAME}` resolved; immutable afterwards. The field table
// that fills it is in src/schedule/fields.cpp; the reference page is `prewarm schema --markdown`. Pure:
// values.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "prewarm/base/clock.hpp"
#include "prewarm/base/secret.hpp"
#include "prewarm/base/units.hpp"
#include "prewarm/schedule/cron.hpp"
#include "prewarm/schedule/fanout.hpp"
#include "prewarm/schedule/filled_text.hpp"
#include "prewarm/schedule/gaps.hpp"
#include "prewarm/schedule/key_template.hpp"
#include "prewarm/schedule/pointer.hpp"
#include "prewarm/schedule/rate.hpp"
#include "prewarm/schedule/zone.hpp"

namespace prewarm::schedule {

enum class Method : std::uint8_t { get, post };
enum class Overlap : std::uint8_t { skip, queue_one };
enum class Missed : std::uint8_t { run_latest, skip };
enum class GuardType : std::uint8_t { any, array, object, string, number, boolean };
enum class HeartbeatStyle : std::uint8_t { healthchecks, betterstack, cronitor, generic };

struct FetchSpec {
  FilledText url;           // without the query of `query`
  std::string display_url;  // scheme, host and unfilled path: what reports may show
  std::string host;         // lower case, without port, for pools and `server.address`
  Secret origin;            // "https://api.example.net:443", filled; empty while a variable has no value
  Method method = Method::get;
  std::optional<FilledText> body;  // POST; JSON written compact
  bool body_is_json = false;
  std::vector<std::pair<std::string, FilledText>> query;    // in the order written; lists are repeated names
  std::vector<std::pair<std::string, FilledText>> headers;  // as written; defaults are added by `upstream`
  Millis timeout{10000};                                    // of one attempt
  int retries = 2;
  std::optional<Rate> rate;  // of the origin: the strictest that a schedule of the catalog asks for
  Bytes max_bytes{1U << 20};
  bool conditional =
      true;  // GET: asks only for what is newer than the stored value, where that can be proved
  std::vector<std::pair<Pointer, std::string>> expect;  // constant as compact JSON
  std::string ca_file;                                  // empty: system CAs
};

struct PickMember {
  std::string name;
  std::variant<Pointer, std::string> source;  // where from, or a constant as compact JSON
};

struct ShapeSpec {
  Pointer select;
  std::vector<PickMember> pick;  // empty: no reshaping of elements
  std::optional<std::size_t> limit;
  std::string as;  // empty: not wrapped
};

struct GuardSpec {
  GuardType type = GuardType::any;
  bool allow_null = false;
  std::optional<std::size_t> min_items, max_items;
  std::vector<Pointer> required;
  std::optional<Pointer> unique;
  std::optional<double> max_shrink, max_grow;  // shares of what is stored
  int confirmations = 0;                       // 0: never
};

struct StoreSpec {
  std::int64_t version = 0;
  Millis ttl{};
  std::vector<KeyTemplate> keys;         // the key first, then aliases
  std::optional<Millis> stale_if_error;  // a failed run lets the last good value live up to this age
};

struct HeartbeatSpec {
  Secret url;  // empty: off
  HeartbeatStyle style = HeartbeatStyle::healthchecks;
};

struct Schedule {
  std::string name;  // [a-z][a-z0-9-]{0,31}, from the file name
  std::string file;  // as the user named it
  std::string env;   // the wall between caches, the same for the whole catalog
  std::string description, owner, runbook;
  std::vector<std::string> tags;
  Cron cron;
  Zone zone;
  Gaps gaps;  // between neighbouring slots over the year after loading
  Millis jitter{};
  Overlap overlap = Overlap::skip;
  Missed missed = Missed::run_latest;
  Millis timeout{30000};  // run deadline D
  Millis stale_after{};
  FetchSpec fetch;
  std::optional<FanoutSpec> fanout;  // one key per id
  ShapeSpec shape;
  GuardSpec guard;
  StoreSpec store;
  HeartbeatSpec heartbeat;
  std::string config_hash;  // 8 hex digits over the effective definition without secrets

  KeyNames key_names() const { return {name, env, store.version}; }
  /// Start of the run after its slot: FNV-1a-64(name ":" unix seconds) mod jitter (SURFACE 5); 0 without
  /// jitter.
  Millis jitter_of(Slot slot) const;
};

using SchedulePtr = std::shared_ptr<const Schedule>;

}  // namespace prewarm::schedule

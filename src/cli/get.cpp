// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "cli/workspace.hpp"
#include "prewarm/base/hash.hpp"
#include "prewarm/base/json.hpp"
#include "prewarm/base/json_text.hpp"
#include "prewarm/base/time_text.hpp"
#include "prewarm/base/units.hpp"
#include "prewarm/envelope/envelope.hpp"
#include "prewarm/run/outcome.hpp"
#include "prewarm/schedule/pointer.hpp"
#include "prewarm/shape/shape.hpp"

namespace prewarm::cli {
namespace {

constexpr std::size_t kMaxValue = (64U << 20) + 1024;  // the largest body and its head
constexpr Millis kPatience{10000};
constexpr const char* kAhead = " ahead of the store's clock";

struct Value {
  schedule::SchedulePtr schedule;
  std::string key;
  run::Found found;
  envelope::Class cls = envelope::Class::absent;
  std::optional<Millis> ahead;  // of the store's clock, further than an envelope may be: foreign
  WallTime store_now;
};

// What was asked for, and where complaints go.
struct Asked {
  const Options& options;
  Output& out;
};

// What the value is, by its class: 0, 1, 10 or 12.
int exit_of(envelope::Class cls) {
  switch (cls) {
    case envelope::Class::current:
      return 0;
    case envelope::Class::absent:
      return 10;
    case envelope::Class::newer:
      return 12;
    default:
      return 1;
  }
}

// By the whole bytes, and by the clock rule of the warm path: what a worker would replace is not current
// here.
void classify(Value& value) {
  if (value.found.kind == run::Found::Kind::other_type) value.cls = envelope::Class::wrong_type;
  if (value.found.kind != run::Found::Kind::text) return;
  const std::int64_t version = value.schedule->store.version;
  value.cls = envelope::classify(value.found.bytes, version);
  value.ahead = envelope::classify_head(value.found.bytes, static_cast<std::int64_t>(value.found.length),
                                        version, value.store_now)
                    .ahead;
  if (value.ahead) value.cls = envelope::Class::foreign;
}

// A fan-out has a key for each id, so one has to be named.
bool id_fits(const Options& options, const schedule::Schedule& schedule, Output& out) {
  if (schedule.fanout && !options.id) {
    out.error("PW314 \"" + schedule.name + "\" has a key for each id: --id is missing",
              "prewarm get " + schedule.name + " --id ID");
    return false;
  }
  if (!schedule.fanout && options.id) {
    out.error("PW314 --id is for schedules with fanout; \"" + schedule.name + "\" has one key",
              "prewarm get " + schedule.name);
    return false;
  }
  return true;
}

std::optional<Value> read_value(Workspace& workspace, const schedule::SchedulePtr& schedule,
                                const Asked& asked, int& exit) {
  Output& out = asked.out;
  Value value;
  value.schedule = schedule;
  if (!id_fits(asked.options, *schedule, out)) {
    exit = 2;
    return std::nullopt;
  }
  auto key = schedule->store.keys.front().fill(
      schedule->key_names(), [](const schedule::Pointer&) { return std::nullopt; },
      asked.options.id.value_or(""));
  if (!key) {
    out.error("PW605 the key of \"" + schedule->name + "\" depends on the record",
              "read it at the store: " + schedule->store.keys.front().pattern(schedule->key_names()));
    exit = 2;
    return std::nullopt;
  }
  value.key = std::move(key).value();
  const BootTime deadline = workspace.clock->boot_now() + kPatience;
  auto found = workspace.store->read(value.key, kMaxValue, true, deadline);
  auto now = found ? workspace.store->time(deadline) : Result<WallTime>(found.error());
  if (!now) {
    out.error(code_text(code_of(now.error().kind)) + " " + now.error().message, now.error().remedy);
    exit = run::exit_code_of(run::outcome_of(now.error().kind), now.error().kind);
    return std::nullopt;
  }
  value.found = std::move(found).value();
  value.store_now = *now;
  classify(value);
  return value;
}

struct Facts {
  std::optional<envelope::Opened> opened;
  std::optional<Millis> age;
  std::optional<std::size_t> items;
};

Facts facts_of(const Value& value) {
  Facts facts;
  if (auto opened = envelope::open(value.found.bytes)) {
    facts.opened = *opened;
    facts.age = value.store_now - opened->head.last_updated;
    facts.items = shape::stored_facts(opened->payload, value.schedule->shape).items;
  }
  return facts;
}

std::string meta_line(const Value& value) {
  const Facts facts = facts_of(value);
  std::string line = value.key + "  " + std::string(envelope::class_text(value.cls));
  if (facts.opened) {
    line += "  " + instant_text(facts.opened->head.last_updated) + ", ";
    line += value.ahead ? duration_text(*value.ahead) + kAhead
                        : duration_text(*facts.age) + " old (limit " +
                              duration_text(value.schedule->stale_after) + ")";
  }
  if (value.cls == envelope::Class::absent) return line;  // an empty string too, whatever its TTL
  line += value.found.ttl ? "  cold in " + duration_text(*value.found.ttl) : "  without TTL";
  line += "  " + size_text(value.found.length);
  if (facts.items) line += "  " + std::to_string(*facts.items) + (*facts.items == 1 ? " item" : " items");
  if (facts.opened) line += "  payload sha256 " + sha256_hex(facts.opened->payload, 8);
  return line;
}

std::int64_t whole_seconds(Millis duration) {
  return std::chrono::floor<std::chrono::seconds>(duration).count();
}

std::string value_json(const Value& value) {
  const Facts facts = facts_of(value);
  JsonObject line;
  line.add("type", "value").add("schedule", value.schedule->name).add("key", value.key);
  line.add("found", envelope::class_text(value.cls));
  if (facts.opened) {
    line.add("version", facts.opened->head.version)
        .add("last_updated", instant_text(facts.opened->head.last_updated));
    line.add("age_s", whole_seconds(*facts.age)).add("limit_s", whole_seconds(value.schedule->stale_after));
  }
  if (value.cls != envelope::Class::absent) {
    if (value.found.ttl) line.add("cold_in_s", whole_seconds(*value.found.ttl));
    line.add("bytes", static_cast<std::int64_t>(value.found.length));
  }
  if (facts.items) line.add("items", static_cast<std::int64_t>(*facts.items));
  if (facts.opened) line.add("payload_sha256", sha256_hex(facts.opened->payload));
  return line.text();
}

// The part of the value that was asked for. False: the pointer finds nothing (exit 10) or is none (exit 2).
int print_part(const Options& options, const Value& value, Output& out) {
  if (options.raw) {
    out.bytes(value.found.bytes);
    return 0;
  }
  const auto opened = envelope::open(value.found.bytes);
  if (!options.pointer) {
    out.bytes(options.payload && opened ? opened->payload : std::string_view(value.found.bytes));
    return 0;
  }
  const auto pointer = schedule::Pointer::parse(*options.pointer);
  if (!pointer) {
    out.error("PW401 --pointer: " + pointer.error().message, pointer.error().remedy);
    return 2;
  }
  const auto part = shape::slice(opened->payload, *pointer);
  if (!part) {
    out.error("PW603 nothing in the payload at " + *options.pointer,
              "prewarm get " + value.schedule->name + " --payload");
    return 10;
  }
  out.bytes(*part);
  return 0;
}

int tell_class(const Value& value, Output& out) {
  const std::string name = value.schedule->name;
  if (value.cls == envelope::Class::absent) {
    out.error("no value at " + value.key, "prewarm once " + name + " --env " + value.schedule->env);
  } else if (value.cls == envelope::Class::newer) {
    out.error("PW711 " + value.key + " holds a newer version: this configuration is the stale one",
              "upgrade it");
  } else {
    const std::string what = value.ahead ? "an envelope " + duration_text(*value.ahead) + kAhead + ": foreign"
                                         : "a " + std::string(envelope::class_text(value.cls)) +
                                               " value, written by somebody else";
    const std::string shows = value.cls == envelope::Class::wrong_type
                                  ? "TYPE " + value.key + " in the store's own client"
                                  : "prewarm get " + name + " --raw";
    out.error(value.key + " holds " + what, shows + " shows it; prewarm once " + name + " replaces it");
  }
  return exit_of(value.cls);
}

bool good_flags(const Options& options, Output& out) {
  const int forms =
      (options.payload ? 1 : 0) + (options.meta ? 1 : 0) + (options.raw ? 1 : 0) + (options.pointer ? 1 : 0);
  if (forms <= 1) return true;
  out.error("PW314 --payload, --meta, --pointer and --raw exclude each other", "give one of them");
  return false;
}

}  // namespace

int command_get(const Options& options, Output& out) {
  std::vector<schedule::Finding> faults;
  const auto max_age = duration_flag("--max-age", options.max_age, faults);
  for (const auto& fault : faults) out.finding(fault);
  if (!good_flags(options, out) || !faults.empty()) return 2;
  int exit = 0;
  auto workspace = open_workspace(options, out, {OnFault::tell, kNothingRuns}, exit);
  if (!workspace) return exit;
  std::vector<schedule::SchedulePtr> found;
  if (!find_schedules(*workspace, options.names, out, found)) return 10;
  if (!open_store(*workspace, out)) return 2;
  const auto value = read_value(*workspace, found.front(), {options, out}, exit);
  if (!value) return exit;
  const bool whatever =
      options.raw && value->cls != envelope::Class::absent && value->cls != envelope::Class::wrong_type;
  if (options.meta || options.json) out.line(options.json ? value_json(*value) : meta_line(*value));
  if (value->cls != envelope::Class::current && !whatever) return tell_class(*value, out);
  if (!options.meta && !options.json) {
    if (const int code = print_part(options, *value, out); code != 0) return code;
  }
  const Facts facts = facts_of(*value);
  const bool too_old = max_age && facts.age && *facts.age > *max_age;
  if (too_old)
    out.error("the value is " + duration_text(*facts.age) + " old", "prewarm once " + value->schedule->name);
  return too_old ? 11 : exit_of(value->cls);
}

}  // namespace prewarm::cli

// SPDX-License-Identifier: Apache-2.0
#include "cli/flags.hpp"

#include <array>

namespace prewarm::cli {
namespace {

constexpr auto kCommands = std::to_array<CommandInfo>({
    {"run", "long-lived worker: runs every schedule at its slots until SIGTERM",
     "prewarm run --env production --store rediss://cache.example.net:6379/0", "", "", "", ""},
    {"once", "run schedules here and now, then exit",
     "prewarm once recent-listens --env development\n"
     "prewarm once --all --env production --if-older-than 10m",
     "NAME", "schedules to run", "", ""},
    {"check", "every error of every schedule file and setting in one pass",
     "prewarm check --env production --strict\n"
     "prewarm check recent-listens --env production --online",
     "PATH", "files, folders, or names of schedules (the schedules folder)", "", ""},
    {"next", "next slots of schedules, or of an expression",
     "prewarm next -n 3\n"
     "prewarm next --cron '30 2 * * *' --tz America/New_York --count 3",
     "NAME", "schedules (all)", "", ""},
    {"explain", "a cron expression in words with its next slots, or what a PW code means",
     "prewarm explain '30 2 * * *' --tz Europe/Berlin\n"
     "prewarm explain PW310",
     "EXPR|CODE", "a cron expression or a PW code", "a cron expression or a PW code",
     "prewarm explain '30 2 * * *', or prewarm explain PW310"},
    {"get", "the stored envelope, byte for byte",
     "prewarm get recent-listens --env production\n"
     "prewarm get recent-listens --env production --pointer /0/title",
     "NAME", "schedule", "the name of a schedule", "prewarm get NAME; prewarm next lists the names", true},
    {"schema", "JSON Schema of a schedule file, or the field reference",
     "prewarm schema > schedules/.prewarm.schema.json\n"
     "prewarm schema --markdown",
     "", "", "", ""},
    {"classify", "class of the envelope bytes on stdin",
     "printf '[1]' | prewarm seal --version 3 | prewarm classify --expect-version 3\n"
     "prewarm get recent-listens --env production --raw | prewarm classify --expect-version 3",
     "", "", "--expect-version N", "prewarm classify --expect-version 3"},
    {"seal", "payload on stdin to envelope bytes", "printf ' [1, 2] ' | prewarm seal --version 3", "", "",
     "--version N", "prewarm seal --version 3"},
    {"open", "envelope on stdin to version, lastUpdated and payload size",
     "printf ' [1, 2] ' | prewarm seal --version 3 | prewarm open\n"
     "prewarm get recent-listens --env production | prewarm open --payload",
     "", "", "", ""},
    {"version", "build facts", "prewarm version --json", "", "", "", ""},
});

constexpr std::string_view kWorks = " run once ";
constexpr std::string_view kFetches = " run once check ";
constexpr std::string_view kStores = " run once check get ";
constexpr std::string_view kReads = " run once check next get ";
constexpr std::string_view kPrintsLines = " run once check next explain get classify open version ";

constexpr bool kEverywhere = true;

constexpr auto kFlags = std::to_array<Flag>({
    // run
    {"--warm-on-start", "none|stale|all", "what to run at once (PREWARM_WARM_ON_START; stale)", " run ",
     &Options::warm_on_start},
    {"--drain", "DURATION", "time for runs in flight after SIGTERM (PREWARM_DRAIN; 25s)", " run ",
     &Options::drain},
    // once
    {"--all", "", "every schedule of the folder", " once ", nullptr, &Options::all},
    {"--due-within", "DURATION", "take the latest slot if it is at most this old, else do nothing", " once ",
     &Options::due_within},
    {"--slot", "now|latest|TIME", "the slot to run, e.g. 2026-05-01T13:00:00Z (now)", " once ",
     &Options::slot},
    {"--if-older-than", "DURATION", "skip schedules, and ids of a fan-out, whose value is younger", " once ",
     &Options::if_older_than},
    {"--dry-run", "", "fetch, shape and guard; write and ping nothing", " once ", nullptr, &Options::dry_run},
    {"--no-heartbeat", "", "send no pings", " once ", nullptr, &Options::no_heartbeat},
    // check
    {"--strict", "", "warnings count: exit 8", " check ", nullptr, &Options::strict},
    {"--online", "",
     "also fetch, shape and guard once, and try the store: writes and reads its probe key, "
     "prewarm:ENV:probe:WORKER, and no other",
     " check ", nullptr, &Options::online},
    {"--allow-unset", "", "unset variables are warnings, for CI", " check ", nullptr, &Options::allow_unset},
    // next, explain
    {"--cron", "EXPR", "an expression instead of the schedules: bare slots, one a line", " next ",
     &Options::cron},
    {"--tz", "ZONE",
     "IANA zone of --cron (UTC), or of the local times shown (each schedule's own), e.g. Europe/Berlin",
     " next ", &Options::tz},
    {"--tz", "ZONE", "IANA zone, e.g. Europe/Berlin (UTC)", " explain ", &Options::tz},
    {"--from", "TIME", "RFC 3339 time to start after, e.g. 2026-05-01T13:00:00Z (now)", " next explain ",
     &Options::from},
    {"-n,--count", "N", "how many slots, of each schedule (1)", " next ", &Options::count},
    {"-n,--count", "N", "how many slots (5)", " explain ", &Options::count},
    // get
    {"--payload", "", "only the payload's bytes", " get open ", nullptr, &Options::payload},
    {"--meta", "", "a line about the value instead of its bytes", " get ", nullptr, &Options::meta},
    {"--id", "ID", "of a fan-out: whose value", " get ", &Options::id},
    {"--pointer", "POINTER", "the part of the payload at this JSON Pointer, e.g. /0/title", " get ",
     &Options::pointer},
    {"--raw", "", "whatever is at the key", " get ", nullptr, &Options::raw},
    {"--max-age", "DURATION", "exit 11 when the value is older", " get ", &Options::max_age},
    // schema, classify, seal
    {"--markdown", "", "the field reference instead of the JSON Schema", " schema ", nullptr,
     &Options::markdown},
    {"--expect-version", "N", "the version that counts as current", " classify ", &Options::expect_version},
    {"--exit-code", "", "exit 8 unless current", " classify ", nullptr, &Options::exit_code},
    {"--version", "N", "schema version, 1 to 999999999", " seal ", &Options::version},
    {"--at", "TIME", "lastUpdated as RFC 3339 (now)", " seal ", &Options::at},
    // settings
    {"--env", "NAME", "environment, a part of every key (PREWARM_ENV; no default)", kStores, &Options::env,
     nullptr, kEverywhere},
    {"--schedules", "DIR", "folder of schedule files (PREWARM_SCHEDULES; schedules)", kReads,
     &Options::schedules, nullptr, kEverywhere},
    {"--store", "URL", "sqlite:PATH, redis://, rediss:// or redis+unix:// (PREWARM_STORE; sqlite:prewarm.db)",
     kStores, &Options::store, nullptr, kEverywhere},
    {"--store-ca", "FILE", "PEM file of the store's certificate authority (PREWARM_STORE_CA; the system's)",
     kStores, &Options::store_ca},
    {"--store-cert", "FILE", "PEM file of our client certificate (PREWARM_STORE_CERT; none)", kStores,
     &Options::store_cert},
    {"--store-key", "FILE", "PEM file of its key (PREWARM_STORE_KEY; none)", kStores, &Options::store_key},
    {"--worker", "NAME", "name of this worker in logs and at the store (PREWARM_WORKER; host name)", kStores,
     &Options::worker},
    {"--allow-net", "RANGES",
     "inner address ranges that names may resolve to, split by commas, e.g. 10.0.0.0/8 (PREWARM_ALLOW_NET; "
     "none)",
     kFetches, &Options::allow_net},
    {"--log-level", "debug|info|warn|error", "the least that is logged (PREWARM_LOG_LEVEL; info)", kWorks,
     &Options::log_level},
    {"--log-format", "auto|human|json", "auto is human on a terminal (PREWARM_LOG_FORMAT; auto)", kWorks,
     &Options::log_format},
    // output
    {"--json", "", "JSON Lines on stdout, the last one of type exit", kPrintsLines, nullptr, &Options::json,
     kEverywhere},
    {"--quiet", "",
     "errors only: no notes, no warnings, and of once and check no lines for what went well; what was asked "
     "for is printed",
     " run once check next get classify ", nullptr, &Options::quiet, kEverywhere},
    {"-v,--verbose", "", "debug logs, and each setting with its origin on stderr", kReads, nullptr,
     &Options::verbose, kEverywhere},
    {"--color", "auto|always|never", "of the log (NO_COLOR; auto)", kWorks, &Options::color, nullptr,
     kEverywhere},
});

}  // namespace

bool Flag::shown_by(std::string_view command) const noexcept {
  const std::size_t at = commands.find(command);
  return at != std::string_view::npos && at > 0 && commands[at - 1] == ' ' &&
         commands[at + command.size()] == ' ';
}

std::string_view Flag::long_name() const noexcept { return name.substr(name.find("--")); }

std::span<const CommandInfo> commands() noexcept { return kCommands; }

const CommandInfo* find_command(std::string_view name) noexcept {
  for (const CommandInfo& info : kCommands)
    if (info.name == name) return &info;
  return nullptr;
}

std::span<const Flag> flags() noexcept { return kFlags; }

const Flag* find_flag(std::string_view command, std::string_view word) noexcept {
  for (const Flag& flag : kFlags) {
    const bool named = word == flag.long_name() || (flag.name[1] != '-' && word == flag.name.substr(0, 2));
    if (named && flag.accepted_by(command)) return &flag;
  }
  return nullptr;
}

std::string_view prints_bytes(const Options& options) noexcept {
  if (options.command == "seal") return "seal prints the bytes of an envelope";
  if (options.command == "schema")
    return options.markdown ? "schema --markdown prints a document" : "schema prints a document";
  if (options.payload) return "--payload prints the bytes of the payload";
  if (options.raw) return "--raw prints the bytes at the key";
  if (options.pointer) return "--pointer prints the bytes of a part";
  return {};
}

}  // namespace prewarm::cli

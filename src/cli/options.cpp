// SPDX-License-Identifier: Apache-2.0
#include "cli/options.hpp"

#include <CLI/CLI.hpp>
#include <functional>
#include <utility>

#include "prewarm/schedule/catalog.hpp"

namespace prewarm::cli {
namespace {

struct CommandInfo {
  const char* name;
  const char* does;
  const char* example;
  void (*flags)(CLI::App&, Options&);
};

void store_flags(CLI::App& app, Options& o) {
  app.add_option("--store-ca", o.store_ca,
                 "PEM file of the store's certificate authority (PREWARM_STORE_CA)");
  app.add_option("--store-cert", o.store_cert, "PEM file of our client certificate (PREWARM_STORE_CERT)");
  app.add_option("--store-key", o.store_key, "PEM file of its key (PREWARM_STORE_KEY)");
  app.add_option("--worker", o.worker,
                 "name of this worker in logs and at the store (PREWARM_WORKER; host name)");
}

void net_flags(CLI::App& app, Options& o) {
  app.add_option(
      "--allow-net", o.allow_net,
      "inner address ranges that names may resolve to, split by commas, e.g. 10.0.0.0/8 (PREWARM_ALLOW_NET)");
}

void log_flags(CLI::App& app, Options& o) {
  app.add_option("--log-level", o.log_level, "debug, info, warn or error (PREWARM_LOG_LEVEL; info)");
  app.add_option("--log-format", o.log_format,
                 "auto, human or json (PREWARM_LOG_FORMAT; auto: human on a terminal)");
}

void run_flags(CLI::App& app, Options& o) {
  store_flags(app, o);
  net_flags(app, o);
  log_flags(app, o);
  app.add_option("--warm-on-start", o.warm_on_start, "none, stale or all (PREWARM_WARM_ON_START; stale)");
  app.add_option("--drain", o.drain, "time for runs in flight after SIGTERM (PREWARM_DRAIN; 25s)");
}

void once_flags(CLI::App& app, Options& o) {
  store_flags(app, o);
  net_flags(app, o);
  log_flags(app, o);
  app.add_option("NAME", o.names, "schedules to run");
  app.add_flag("--all", o.all, "every schedule of the folder");
  app.add_option("--due-within", o.due_within,
                 "take the latest slot if it is at most this old, else do nothing");
  app.add_option("--slot", o.slot, "now, latest, or the time of a past slot (now)");
  app.add_option("--if-older-than", o.if_older_than, "skip schedules whose value is younger");
  app.add_flag("--dry-run", o.dry_run, "fetch, shape and guard; write and ping nothing");
  app.add_flag("--no-heartbeat", o.no_heartbeat, "send no pings");
}

void check_flags(CLI::App& app, Options& o) {
  store_flags(app, o);
  net_flags(app, o);
  app.add_option("PATH", o.names, "files or folders (the schedules folder)");
  app.add_flag("--strict", o.strict, "warnings count: exit 8");
  app.add_flag("--online", o.online, "also fetch, shape and guard once, and try the store");
  app.add_flag("--allow-unset", o.allow_unset, "unset variables are warnings, for CI");
}

void slot_flags(CLI::App& app, Options& o) {
  app.add_option("--tz", o.tz, "IANA zone (UTC)");
  app.add_option("--from", o.from, "RFC 3339 time to start after (now)");
  app.add_option("-n,--count", o.count, "how many slots");
}

void next_flags(CLI::App& app, Options& o) {
  app.add_option("NAME", o.names, "schedules (all)");
  slot_flags(app, o);
  app.add_option("--cron", o.cron, "an expression instead of the schedules: bare slots, one a line");
}

void explain_flags(CLI::App& app, Options& o) {
  app.add_option("EXPR|CODE", o.names, "a cron expression or a PW code")->required();
  slot_flags(app, o);
}

void get_flags(CLI::App& app, Options& o) {
  store_flags(app, o);
  app.add_option("NAME", o.names, "schedule")->required()->expected(1);
  app.add_flag("--payload", o.payload, "only the payload's bytes");
  app.add_flag("--meta", o.meta, "a line about the value instead of its bytes");
  app.add_option("--pointer", o.pointer, "the part of the payload at this JSON Pointer");
  app.add_flag("--raw", o.raw, "whatever is at the key");
  app.add_option("--max-age", o.max_age, "exit 11 when the value is older");
}

void schema_flags(CLI::App& app, Options& o) {
  app.add_flag("--markdown", o.markdown, "the field reference instead of the JSON Schema");
}

void classify_flags(CLI::App& app, Options& o) {
  app.add_option("--expect-version", o.expect_version, "the version that counts as current")->required();
  app.add_flag("--exit-code", o.exit_code, "exit 8 unless current");
}

void seal_flags(CLI::App& app, Options& o) {
  app.add_option("--version", o.version, "schema version, 1 to 999999999")->required();
  app.add_option("--at", o.at, "lastUpdated as RFC 3339 (now)");
}

void open_flags(CLI::App& app, Options& o) {
  app.add_flag("--payload", o.payload, "only the payload's bytes");
}

void no_flags(CLI::App& /*app*/, Options& /*options*/) {}

constexpr auto kCommands = std::to_array<CommandInfo>({
    {"run", "long-lived worker: runs every schedule at its slots until SIGTERM",
     "prewarm run --env production --store rediss://cache.example.net:6379/0", run_flags},
    {"once", "run schedules here and now, then exit", "prewarm once recent-listens --env production",
     once_flags},
    {"check", "every error of every schedule file in one pass", "prewarm check --env production --strict",
     check_flags},
    {"next", "next slots of schedules, or of an expression",
     "prewarm next --cron '30 2 * * *' --tz America/New_York --count 3", next_flags},
    {"explain", "a cron expression in words with its next slots, or what a PW code means",
     "prewarm explain '30 2 * * *' --tz Europe/Berlin", explain_flags},
    {"get", "the stored envelope, byte for byte", "prewarm get recent-listens --env production --payload",
     get_flags},
    {"schema", "JSON Schema of a schedule file, or the field reference",
     "prewarm schema > schedules/.prewarm.schema.json", schema_flags},
    {"classify", "class of the envelope bytes on stdin", "prewarm classify --expect-version 3 < value",
     classify_flags},
    {"seal", "payload on stdin to envelope bytes", "printf '[1]' | prewarm seal --version 3", seal_flags},
    {"open", "envelope on stdin to version, lastUpdated and payload size", "prewarm open < value",
     open_flags},
    {"version", "build facts", "prewarm version --json", no_flags},
});

void common_flags(CLI::App& app, Options& o) {
  app.add_option("--env", o.env, "environment, a part of every key (PREWARM_ENV; no default)");
  app.add_option("--schedules", o.schedules, "folder of schedule files (PREWARM_SCHEDULES; schedules)");
  app.add_option("--store", o.store,
                 "sqlite:PATH, redis://, rediss:// or redis+unix:// (PREWARM_STORE; sqlite:prewarm.db)");
  app.add_flag("--json", o.json, "JSON Lines on stdout");
  app.add_flag("--quiet", o.quiet, "errors only");
  app.add_flag("-v,--verbose", o.verbose, "debug logs and the origin of settings");
  app.add_option("--color", o.color, "auto, always or never (auto)");
}

std::vector<std::string> command_names() {
  std::vector<std::string> names;
  names.reserve(kCommands.size());
  for (const CommandInfo& info : kCommands) names.emplace_back(info.name);
  return names;
}

// The parser's own words, then a line that can be run.
Stop usage_error(const std::string& what, const std::string& command) {
  const std::string help = command.empty() ? "prewarm --help" : "prewarm " + command + " --help";
  return Stop{2, "error PW314 " + what + ".  do: " + help + "\n"};
}

Stop unknown_command(const std::string& word) {
  std::string hint;
  for (const std::string& name : schedule::nearest(word, command_names()))
    hint += (hint.empty() ? "prewarm " : ", prewarm ") + name;
  return Stop{2, "error PW314 \"" + word + "\" is not a command.  do: " +
                     (hint.empty() ? "prewarm --help" : "did you mean " + hint + "?") + "\n"};
}

std::string without_full_stop(std::string text) {
  while (!text.empty() && (text.back() == '.' || text.back() == '\n')) text.pop_back();
  return text;
}

}  // namespace

std::variant<Options, Stop> parse_options(int argc, const char* const* argv) {
  Options options;
  CLI::App app(
      "prewarm keeps cache values warm: it fetches on a cron schedule, writes a versioned envelope to a key "
      "of its "
      "environment, reads it back, and only then says so.",
      "prewarm");
  app.footer(
      "Begin with: prewarm check, then prewarm once NAME --env development\n"
      "Every command: prewarm COMMAND --help");
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::Throw);
  for (const CommandInfo& info : kCommands) {
    CLI::App* command = app.add_subcommand(info.name, info.does);
    command->footer(std::string("Example:\n  ") + info.example);
    command->option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::Throw);
    info.flags(*command, options);
    common_flags(*command, options);
    command->callback([&options, name = info.name] { options.command = name; });
  }
  if (argc > 1 && argv[1][0] != '-') {
    const std::string word = argv[1];
    bool known = false;
    for (const CommandInfo& info : kCommands) known = known || word == info.name;
    if (!known) return unknown_command(word);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    const auto used = app.get_subcommands();
    return Stop{0, used.empty() ? app.help() : used.front()->help()};
  } catch (const CLI::ParseError& error) {
    const auto used = app.get_subcommands();
    return usage_error(without_full_stop(error.what()), used.empty() ? "" : used.front()->get_name());
  }
  if (options.command.empty()) return Stop{2, app.help()};
  return options;
}

}  // namespace prewarm::cli

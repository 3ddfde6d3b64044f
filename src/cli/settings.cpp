// SPDX-License-Identifier: Apache-2.0
#include "cli/settings.hpp"

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "prewarm/base/units.hpp"

namespace prewarm::cli {
namespace {

constexpr std::size_t kMaxSecretFile = 64U << 10;

struct Resolver {
  const Options& options;
  const Variables& variables;
  Settings& settings;

  void fault(int code, std::string message, std::string remedy) {
    settings.faults.push_back(setting_fault(code, std::move(message), std::move(remedy)));
  }

  // A flag wins over its variable; an empty variable counts as unset.
  Text plain(const Text& flag, std::string_view variable) const {
    if (flag) return flag;
    auto value = variables(variable);
    if (value && value->empty()) return std::nullopt;
    return value;
  }

  // A secret's variable or the file that its _FILE twin names; one final newline dropped.
  std::optional<Secret> secret(const std::string& variable) {
    auto value = variables(variable);
    const auto file = variables(variable + "_FILE");
    if (value && file)
      fault(303, "both " + variable + " and " + variable + "_FILE are set", "unset one of them");
    if (value && !value->empty()) return Secret(std::move(*value));
    if (!file || file->empty()) return std::nullopt;
    auto bytes = read_small_file(*file);
    if (!bytes) {
      fault(307, variable + "_FILE: " + bytes.error().message,
            "make it readable for this user, at most 64 KiB");
      return std::nullopt;
    }
    std::string text = std::move(bytes).value();
    if (!text.empty() && text.back() == '\n') text.pop_back();
    return Secret(std::move(text));
  }
};

bool good_env(std::string_view env) {
  if (env.empty() || env.size() > 32 || env[0] < 'a' || env[0] > 'z') return false;
  return env.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

void resolve_env(Resolver& r, const std::string& example_key) {
  const Text env = r.options.env ? r.options.env : r.variables("PREWARM_ENV");
  if (!env || (env->empty() && !r.options.env)) {
    const std::string example = example_key.empty() ? "" : " (" + example_key + ")";
    r.fault(310,
            "no environment is set. It is part of every key" + example +
                "; a wrong guess would fill the wrong cache, so there is no default",
            "prewarm " + r.options.command +
                " --env production, or set PREWARM_ENV. Usual names: production, staging, preview, "
                "development, test");
    return;
  }
  if (!good_env(*env))
    r.fault(311,
            "\"" + *env + "\" is no environment name: a lower-case letter, then up to 31 of a-z, 0-9 and -",
            "usual names: production, staging, preview, development, test");
  r.settings.env = *env;
}

void resolve_store(Resolver& r) {
  if (r.options.store && store::url_holds_password(*r.options.store))
    r.fault(313, "--store holds a password, which every user of this machine can see in the process list",
            "set PREWARM_STORE, or PREWARM_STORE_PASSWORD or its _FILE, and leave it out of the flag");
  auto url = r.options.store ? std::optional<Secret>(Secret(*r.options.store)) : r.secret("PREWARM_STORE");
  r.settings.store_url = url ? *url : Secret("sqlite:prewarm.db");
  store::StoreSettings& store = r.settings.store;
  store.env = r.settings.env;
  store.user = r.plain({}, "PREWARM_STORE_USER").value_or("");
  if (auto password = r.secret("PREWARM_STORE_PASSWORD")) store.password = *password;
  store.ca_file = r.plain(r.options.store_ca, "PREWARM_STORE_CA").value_or("");
  store.cert_file = r.plain(r.options.store_cert, "PREWARM_STORE_CERT").value_or("");
  store.key_file = r.plain(r.options.store_key, "PREWARM_STORE_KEY").value_or("");
  if (store.cert_file.empty() != store.key_file.empty())
    r.fault(314, "a client certificate needs both --store-cert and --store-key", "give both, or neither");
}

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : std::string("prewarm");
}

void resolve_worker(Resolver& r) {
  std::string worker = r.plain(r.options.worker, "PREWARM_WORKER").value_or(host_name());
  const bool odd =
      worker.empty() || worker.size() > 64 ||
      worker.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") !=
          std::string::npos;
  if (odd)
    r.fault(314, "the worker's name must be 1 to 64 of A-Z a-z 0-9 . _ -",
            "prewarm " + r.options.command + " --worker NAME");
  r.settings.store.worker = worker;
  r.settings.log.worker = std::move(worker);
  r.settings.log.env = r.settings.env;
}

void resolve_net(Resolver& r) {
  const Text text = r.plain(r.options.allow_net, "PREWARM_ALLOW_NET");
  if (!text) return;
  std::istringstream list(*text);
  for (std::string item; std::getline(list, item, ',');) {
    auto range = http::parse_address_range(item);
    if (range)
      r.settings.net.allow_net.push_back(*range);
    else
      r.fault(314, "--allow-net: \"" + item + "\" is not an address range",
              "write it as 10.0.0.0/8 or fd00::/8, split by commas");
  }
}

template <class T>
struct Choice {
  std::string_view word;
  T value;
};

// A flag and what was said with it.
struct Said {
  std::string flag;
  Text text;
};

template <class T, std::size_t N>
void choose(Resolver& r, const Said& said, const std::array<Choice<T>, N>& choices, T& target) {
  const auto& [flag, text] = said;
  if (!text) return;
  std::string words;
  for (const auto& choice : choices) {
    if (choice.word == *text) {
      target = choice.value;
      return;
    }
    words += (words.empty() ? "" : ", ") + std::string(choice.word);
  }
  r.fault(314, flag + ": \"" + *text + "\" is not one of its words", flag + " takes " + words);
}

void resolve_log(Resolver& r) {
  enum class Format : std::uint8_t { automatic, human, json };
  enum class Color : std::uint8_t { automatic, always, never };
  Format format = Format::automatic;
  Color color = Color::automatic;
  LogSettings& log = r.settings.log;
  if (r.options.verbose) log.level = Level::debug;
  if (r.options.quiet) log.level = Level::error;
  constexpr std::array<Choice<Level>, 4> kLevels{
      {{"debug", Level::debug}, {"info", Level::info}, {"warn", Level::warn}, {"error", Level::error}}};
  constexpr std::array<Choice<Format>, 3> kFormats{
      {{"auto", Format::automatic}, {"human", Format::human}, {"json", Format::json}}};
  constexpr std::array<Choice<Color>, 3> kColors{
      {{"auto", Color::automatic}, {"always", Color::always}, {"never", Color::never}}};
  choose(r, {"--log-level", r.plain(r.options.log_level, "PREWARM_LOG_LEVEL")}, kLevels, log.level);
  choose(r, {"--log-format", r.plain(r.options.log_format, "PREWARM_LOG_FORMAT")}, kFormats, format);
  choose(r, {"--color", r.options.color}, kColors, color);
  const bool terminal = isatty(STDERR_FILENO) == 1;
  const bool json_run = r.options.json && r.options.command == "run";
  const bool human = format == Format::human || (format == Format::automatic && terminal && !json_run);
  log.format = human ? LogFormat::human : LogFormat::json;
  const bool no_color = !r.variables("NO_COLOR").value_or("").empty();
  log.color = color == Color::always || (color == Color::automatic && terminal && !no_color);
}

void resolve_run(Resolver& r) {
  constexpr std::array<Choice<WarmOnStart>, 3> kWarm{
      {{"none", WarmOnStart::none}, {"stale", WarmOnStart::stale}, {"all", WarmOnStart::all}}};
  choose(r, {"--warm-on-start", r.plain(r.options.warm_on_start, "PREWARM_WARM_ON_START")}, kWarm,
         r.settings.warm_on_start);
  if (const auto drain =
          duration_flag("--drain", r.plain(r.options.drain, "PREWARM_DRAIN"), r.settings.faults))
    r.settings.drain = *drain;
}

}  // namespace

schedule::Finding setting_fault(int code, std::string message, std::string remedy) {
  schedule::Finding finding;
  finding.code = code;
  finding.message = std::move(message);
  finding.remedy = std::move(remedy);
  return finding;
}

std::optional<Millis> duration_flag(const char* name, const Text& text,
                                    std::vector<schedule::Finding>& faults) {
  if (!text) return std::nullopt;
  const auto duration = parse_duration(*text);
  if (duration) return *duration;
  faults.push_back(setting_fault(314,
                                 std::string(name) + ": \"" + *text + "\" is " + duration.error().message,
                                 duration.error().remedy));
  return std::nullopt;
}

std::optional<std::string> process_variable(std::string_view name) {
  // Read before any thread starts; nothing here ever sets a variable.
  const char* value = std::getenv(std::string(name).c_str());  // NOLINT(concurrency-mt-unsafe)
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

Result<std::string> read_small_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes(kMaxSecretFile + 1, '\0');
  if (!file) return Error{ErrorKind::invalid, path + " cannot be read", {}};
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  if (file.bad()) return Error{ErrorKind::invalid, path + " cannot be read", {}};
  if (bytes.size() > kMaxSecretFile) return Error{ErrorKind::invalid, path + " is above 64 KiB", {}};
  return bytes;
}

Settings resolve_settings(const Options& options, const Variables& variables,
                          const std::string& example_key) {
  Settings settings;
  Resolver resolver{options, variables, settings};
  resolve_env(resolver, example_key);
  settings.schedules_dir = resolver.plain(options.schedules, "PREWARM_SCHEDULES").value_or("schedules");
  resolve_worker(resolver);
  resolve_store(resolver);
  resolve_net(resolver);
  resolve_log(resolver);
  resolve_run(resolver);
  if (variables("TZ"))
    settings.notes.emplace_back("note: TZ is ignored; zones belong to schedules (\"timezone\")");
  return settings;
}

}  // namespace prewarm::cli

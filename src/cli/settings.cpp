// SPDX-License-Identifier: Apache-2.0
#include "cli/settings.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <sstream>
#include <system_error>

#include "cli/sources.hpp"
#include "cli/store_login.hpp"
#include "prewarm/base/units.hpp"
#include "store/store_url.hpp"

namespace prewarm::cli {
namespace {

constexpr const char* kDefaultFolder = "schedules";

bool good_env(std::string_view env) {
  if (env.empty() || env.size() > 32 || env[0] < 'a' || env[0] > 'z') return false;
  return env.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

void resolve_env(Sources& sources, const std::string& example_key) {
  const Said env = sources.plain("--env", sources.options().env, "PREWARM_ENV");
  if (!env.text) {
    const std::string example = example_key.empty() ? "" : " (" + example_key + ")";
    sources.fault(310,
                  "no environment is set. It is part of every key" + example +
                      "; a wrong guess would fill the wrong cache, so there is no default",
                  "prewarm " + sources.options().command +
                      " --env production, or set PREWARM_ENV. Usual names: production, staging, preview, "
                      "development, test");
    return;
  }
  if (!good_env(*env.text))
    sources.fault(311,
                  env.name + ": \"" + *env.text +
                      "\" is no environment name: a lower-case letter, then up to 31 of a-z, 0-9 and -",
                  "usual names: production, staging, preview, development, test");
  sources.settings().env = *env.text;
  sources.origin("--env", "env", *env.text, env.name);
}

void resolve_folder(Sources& sources) {
  const Said dir = sources.plain("--schedules", sources.options().schedules, "PREWARM_SCHEDULES");
  sources.settings().schedules_dir = dir.text.value_or(kDefaultFolder);
  sources.origin("--schedules", "schedules", sources.settings().schedules_dir, dir.name);
}

// One of the store's PEM files. Read later, by the TLS library; that it is there is said with all other
// faults.
std::string store_file(Sources& sources, const char* flag, const Text& value, const char* variable) {
  const Said said = sources.plain(flag, value, variable);
  sources.origin(flag, flag + 2, said.text.value_or("none"), said.name);
  if (!said.text) return {};
  const char* const remedy = "a PEM file that this user may read";
  if (sources.options().command == "next") return *said.text;
  if (const auto why = no_file(*said.text); why && why->rfind("is ", 0) == 0)
    sources.fault(312, said.name + ": " + *said.text + " " + *why, remedy);
  else if (access(said.text->c_str(), R_OK) != 0)
    sources.fault(
        312, said.name + ": " + *said.text + " cannot be read: " + std::generic_category().message(errno),
        remedy);
  return *said.text;
}

void resolve_store_files(Sources& sources) {
  const Options& options = sources.options();
  store::StoreSettings& store = sources.settings().store;
  store.ca_file = store_file(sources, "--store-ca", options.store_ca, "PREWARM_STORE_CA");
  store.cert_file = store_file(sources, "--store-cert", options.store_cert, "PREWARM_STORE_CERT");
  store.key_file = store_file(sources, "--store-key", options.store_key, "PREWARM_STORE_KEY");
  if (store.cert_file.empty() != store.key_file.empty())
    sources.fault(314, "a client certificate needs both --store-cert and --store-key",
                  "give both, or neither");
}

void resolve_store(Sources& sources) {
  const Options& options = sources.options();
  Settings& settings = sources.settings();
  if (options.store && store::url_holds_password(*options.store))
    sources.fault(313,
                  "--store holds a password, which every user of this machine can see in the process list",
                  "set PREWARM_STORE, or PREWARM_STORE_PASSWORD or its _FILE, and leave it out of the flag");
  auto said = options.store ? Sources::SaidSecret{Secret(*options.store), "--store"}
                            : sources.secret("PREWARM_STORE");
  settings.store_url = said.secret.value_or(Secret("sqlite:prewarm.db"));
  settings.store_from = said.name;
  const auto url = store::parse_store_url(settings.store_url.reveal());
  sources.origin("--store", "store", url ? url->target : "set", said.name);
  settings.store.env = settings.env;
  const Said user = sources.plain("", {}, "PREWARM_STORE_USER");
  settings.store.user = user.text.value_or("");
  const auto tell_login = [&](const char* setting, bool given, const std::string& name, bool in_url) {
    if (!given && in_url) return sources.origin("--store", setting, "set, in the URL", said.name);
    sources.origin("--store", setting, given ? "set" : "none", name);
  };
  tell_login("store-user", user.text.has_value(), user.name, url && !url->user.empty());
  const auto password = sources.secret("PREWARM_STORE_PASSWORD");
  if (password.secret) settings.store.password = *password.secret;
  tell_login("store-password", password.secret.has_value(), password.name, url && !url->password.empty());
  const auto stays = [](const std::string& file, const Secret& given) {
    return file.empty() ? given : Secret();
  };
  settings.store.reread_login =
      login_reader({said.file, password.file, stays(said.file, settings.store_url),
                    stays(password.file, settings.store.password), settings.store.user});
  resolve_store_files(sources);
}

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : std::string("prewarm");
}

void resolve_worker(Sources& sources) {
  const Said said = sources.plain("--worker", sources.options().worker, "PREWARM_WORKER");
  std::string worker = said.text.value_or(host_name());
  const bool odd =
      worker.empty() || worker.size() > 64 ||
      worker.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") !=
          std::string::npos;
  if (odd)
    sources.fault(314,
                  (said.name.empty() ? "the host's name as " : said.name + ": ") +
                      "the worker's name must be 1 to 64 of A-Z a-z 0-9 . _ -",
                  "prewarm " + sources.options().command + " --worker NAME, or set PREWARM_WORKER");
  sources.origin("--worker", "worker", worker, said.name);
  sources.settings().store.worker = worker;
  sources.settings().log.worker = std::move(worker);
  sources.settings().log.env = sources.settings().env;
}

void resolve_net(Sources& sources) {
  const Said said = sources.plain("--allow-net", sources.options().allow_net, "PREWARM_ALLOW_NET");
  sources.origin("--allow-net", "allow-net", said.text.value_or("none"), said.name);
  if (!said.text) return;
  std::istringstream list(*said.text);
  for (std::string item; std::getline(list, item, ',');) {
    auto range = http::parse_address_range(item);
    if (range)
      sources.settings().net.allow_net.push_back(*range);
    else
      sources.fault(314, said.name + ": \"" + item + "\" is not an address range",
                    "write it as 10.0.0.0/8 or fd00::/8, split by commas");
  }
}

template <class T>
struct Choice {
  std::string_view word;
  T value;
};

template <class T, std::size_t N>
void choose(Sources& sources, const Said& said, const std::array<Choice<T>, N>& choices, T& target) {
  if (!said.text) return;
  std::string words;
  for (const auto& choice : choices) {
    if (choice.word == *said.text) {
      target = choice.value;
      return;
    }
    words += (words.empty() ? "" : ", ") + std::string(choice.word);
  }
  sources.fault(314, said.name + ": \"" + *said.text + "\" is not one of its words",
                said.name + " takes " + words);
}

// -v and --quiet are short for a level; --log-level and its variable say it exactly.
void resolve_level(Sources& sources) {
  const Options& options = sources.options();
  Level& level = sources.settings().log.level;
  Said said = sources.plain("--log-level", options.log_level, "PREWARM_LOG_LEVEL");
  constexpr std::array<Choice<Level>, 4> kLevels{
      {{"debug", Level::debug}, {"info", Level::info}, {"warn", Level::warn}, {"error", Level::error}}};
  if (!said.text && (options.quiet || options.verbose))
    said = {options.quiet ? "error" : "debug", options.quiet ? "--quiet" : "-v"};
  choose(sources, said, kLevels, level);
  sources.origin("--log-level", "log-level", said.text.value_or("info"), said.name);
}

void resolve_log(Sources& sources) {
  enum class Format : std::uint8_t { automatic, human, json };
  enum class Color : std::uint8_t { automatic, always, never };
  Format format = Format::automatic;
  Color color = Color::automatic;
  const Options& options = sources.options();
  LogSettings& log = sources.settings().log;
  resolve_level(sources);
  constexpr std::array<Choice<Format>, 3> kFormats{
      {{"auto", Format::automatic}, {"human", Format::human}, {"json", Format::json}}};
  constexpr std::array<Choice<Color>, 3> kColors{
      {{"auto", Color::automatic}, {"always", Color::always}, {"never", Color::never}}};
  const Said said = sources.plain("--log-format", options.log_format, "PREWARM_LOG_FORMAT");
  choose(sources, said, kFormats, format);
  choose(sources, {options.color, "--color"}, kColors, color);
  sources.origin("--log-format", "log-format", said.text.value_or("auto"), said.name);
  sources.origin("--color", "color", options.color.value_or("auto"), options.color ? "--color" : "");
  const bool terminal = isatty(STDERR_FILENO) == 1;
  const bool json_run = options.json && options.command == "run";
  sources.settings().json_asked = format == Format::json || (format == Format::automatic && json_run);
  const bool human = format == Format::human || (format == Format::automatic && terminal && !json_run);
  log.format = human ? LogFormat::human : LogFormat::json;
  const bool no_color = !sources.variable("NO_COLOR").value_or("").empty();
  log.color = color == Color::always || (color == Color::automatic && terminal && !no_color);
}

void resolve_run(Sources& sources) {
  constexpr std::array<Choice<WarmOnStart>, 3> kWarm{
      {{"none", WarmOnStart::none}, {"stale", WarmOnStart::stale}, {"all", WarmOnStart::all}}};
  const Options& options = sources.options();
  Settings& settings = sources.settings();
  const Said warm = sources.plain("--warm-on-start", options.warm_on_start, "PREWARM_WARM_ON_START");
  choose(sources, warm, kWarm, settings.warm_on_start);
  sources.origin("--warm-on-start", "warm-on-start", warm.text.value_or("stale"), warm.name);
  const Said drain = sources.plain("--drain", options.drain, "PREWARM_DRAIN");
  if (const auto time = duration_flag(drain.name, drain.text, settings.faults)) settings.drain = *time;
  sources.origin("--drain", "drain", duration_exact(settings.drain), drain.name);
}

// -v: a line each.
void note_origins(Settings& settings) {
  for (const auto& [setting, value, from] : settings.origins) {
    std::string text = "setting ";
    text.append(setting).append(": ").append(value).append(" (").append(from).append(")");
    settings.notes.push_back(std::move(text));
  }
}

}  // namespace

schedule::Finding setting_fault(int code, std::string message, std::string remedy) {
  schedule::Finding finding;
  finding.code = code;
  finding.message = std::move(message);
  finding.remedy = std::move(remedy);
  return finding;
}

schedule::Finding store_fault(const Settings& settings, const Error& error) {
  // What it says of a PEM file names the file itself.
  const bool of_url = error.message.rfind("the store URL", 0) == 0 && !settings.store_from.empty();
  return setting_fault(312, (of_url ? settings.store_from + ": " : "") + error.message, error.remedy);
}

std::optional<Millis> duration_flag(const std::string& name, const Text& text,
                                    std::vector<schedule::Finding>& faults) {
  if (!text) return std::nullopt;
  const auto duration = parse_duration(*text);
  if (duration) return *duration;
  faults.push_back(setting_fault(314, name + ": \"" + *text + "\" is " + duration.error().message,
                                 duration.error().remedy));
  return std::nullopt;
}

std::optional<std::string> process_variable(std::string_view name) {
  // Read before any thread starts; nothing here ever sets a variable.
  const char* value = std::getenv(std::string(name).c_str());  // NOLINT(concurrency-mt-unsafe)
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

std::string schedules_dir(const Options& options) {
  const std::string set = options.schedules.value_or(process_variable("PREWARM_SCHEDULES").value_or(""));
  return set.empty() && !options.schedules ? kDefaultFolder : set;
}

Settings resolve_settings(const Options& options, const Variables& variables,
                          const std::string& example_key) {
  Settings settings;
  Sources sources(options, variables, settings);
  resolve_env(sources, example_key);
  resolve_folder(sources);
  resolve_worker(sources);
  resolve_store(sources);
  resolve_net(sources);
  resolve_log(sources);
  resolve_run(sources);
  if (variables("TZ"))
    settings.notes.emplace_back("note: TZ is ignored; zones belong to schedules (\"timezone\")");
  note_origins(settings);
  return settings;
}

}  // namespace prewarm::cli

// SPDX-License-Identifier: Apache-2.0
#include "cli/options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <set>
#include <utility>

#include "cli/flags.hpp"
#include "prewarm/schedule/catalog.hpp"

namespace prewarm::cli {
namespace {

using Words = std::vector<std::string>;

Stop fault(std::string message, std::string remedy) {
  return Stop{2, {}, "PW314 " + std::move(message), std::move(remedy)};
}

// "did you mean prewarm once?", or `otherwise` when nothing is near.
std::string did_you_mean(std::string_view word, const Words& known, const std::string& before,
                         const std::string& otherwise) {
  std::string hint;
  for (const std::string& name : schedule::nearest(word, known)) {
    if (!hint.empty()) hint += ", ";
    hint += before;
    hint += name;
  }
  return hint.empty() ? otherwise : "did you mean " + hint + "?";
}

std::string help_of(const std::string& command) { return "prewarm " + command + " --help"; }

Stop unknown_command(const std::string& word) {
  Words names{"help"};
  for (const CommandInfo& info : commands()) names.emplace_back(info.name);
  return fault("\"" + word + "\" is not a command", did_you_mean(word, names, "prewarm ", "prewarm --help"));
}

Stop unknown_flag(const std::string& command, const std::string& word) {
  Words known{"--help"}, owners;
  for (const Flag& flag : flags())
    if (flag.accepted_by(command)) known.emplace_back(flag.long_name());
  for (const CommandInfo& info : commands())
    if (find_flag(info.name, word) != nullptr) owners.emplace_back(info.name);
  std::string owner;
  for (const std::string& name : owners) owner += (owner.empty() ? ", but of " : " and ") + name;
  return fault(word + " is not a flag of " + command + owner,
               did_you_mean(word, known, "", help_of(command)));
}

// One word behind the command: a flag of it, a flag it does not know, or an operand.
struct Typed {
  std::string text;  // of a flag its name: "--count", "-n", and "-n5" where the value sticks to it
  bool is_flag = false;
  const Flag* flag = nullptr;
};

bool asks_for_help(const Typed& typed) {
  return typed.is_flag && (typed.text == "--help" || typed.text == "-h");
}

// The value of a flag is no word of its own, whatever it looks like.
std::vector<Typed> read_typed(const std::string& command, const Words& words) {
  std::vector<Typed> typed;
  bool flags_end = false;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::size_t equals = words[i].find('=');
    const std::string name = words[i].substr(0, equals);
    if (flags_end || name.size() < 2 || name[0] != '-') {
      typed.push_back({words[i]});
    } else if (name == "--") {
      flags_end = true;
    } else {
      const Flag* flag = find_flag(command, name);
      if (flag != nullptr && flag->text != nullptr && equals == std::string::npos) ++i;
      const Flag* glued = flag == nullptr && name[1] != '-' ? find_flag(command, name.substr(0, 2)) : nullptr;
      if (glued != nullptr && glued->text != nullptr) flag = glued;
      typed.push_back({name, true, flag});
    }
  }
  return typed;
}

// A long flag that the command does not know; short ones come in clusters, which the parser takes apart.
std::optional<Stop> find_unknown_flag(const std::string& command, const std::vector<Typed>& typed) {
  for (const Typed& each : typed)
    if (each.is_flag && each.flag == nullptr && each.text[1] == '-' && !asks_for_help(each))
      return unknown_flag(command, each.text);
  return std::nullopt;
}

// A value or a name too many.
std::optional<Stop> find_excess(const CommandInfo& info, const std::vector<Typed>& typed) {
  const std::string command(info.name);
  std::set<const Flag*> given;
  std::size_t operands = 0;
  for (const Typed& each : typed) {
    if (each.flag != nullptr && each.flag->text != nullptr && !given.insert(each.flag).second)
      return fault(std::string(each.flag->long_name()) + " is given twice", "leave one of them out");
    if (each.is_flag) continue;
    if (info.operand.empty())
      return fault(command + " takes no argument; \"" + each.text + "\" is given", help_of(command));
    if (info.one && ++operands > 1)
      return fault(command + " takes one NAME; \"" + each.text + "\" is one too many",
                   "prewarm " + command + " NAME, once for each");
  }
  return std::nullopt;
}

std::string examples_of(const CommandInfo& info) {
  std::string text = "Examples:";
  for (std::size_t from = 0; from < info.examples.size();) {
    const std::size_t end = std::min(info.examples.find('\n', from), info.examples.size());
    text.append("\n  ").append(info.examples.substr(from, end - from));
    from = end + 1;
  }
  return text;
}

void add_flag(CLI::App& command, const Flag& flag, bool shown, Options& options) {
  const std::string name(flag.name), does(flag.does);
  CLI::Option* added = flag.text != nullptr ? command.add_option(name, options.*flag.text, does)
                                            : command.add_flag(name, options.*flag.on, does);
  if (flag.text != nullptr) added->type_name(std::string(flag.value));
  if (!shown) added->group("");
}

void describe(CLI::App& command, const CommandInfo& info, Options& options) {
  command.footer(examples_of(info));
  command.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::Throw);
  if (!info.operand.empty()) {
    CLI::Option* operand =
        command.add_option(std::string(info.operand), options.names, std::string(info.operand_does));
    operand->type_name(" ");
    if (info.one) operand->expected(1);
  }
  for (const Flag& flag : flags())
    if (flag.accepted_by(info.name)) add_flag(command, flag, flag.shown_by(info.name), options);
}

std::string without_full_stop(std::string text) {
  while (!text.empty() && (text.back() == '.' || text.back() == '\n')) text.pop_back();
  return text;
}

// What the parser cannot know: what must be given, and which flags exclude each other.
std::optional<Stop> judge(const Options& options) {
  const CommandInfo& info = *find_command(options.command);
  const bool given = info.must.starts_with("--version")          ? options.version.has_value()
                     : info.must.starts_with("--expect-version") ? options.expect_version.has_value()
                                                                 : !options.names.empty();
  if (!info.must.empty() && !given)
    return fault(options.command + " needs " + std::string(info.must), std::string(info.must_do));
  const std::string_view bytes = prints_bytes(options);
  if (!options.json || bytes.empty()) return std::nullopt;
  const std::string_view with = bytes.substr(0, bytes.find(" prints"));
  return fault("--json and " + std::string(with) + " exclude each other: " + std::string(bytes) +
                   ", and a line behind them would spoil them",
               options.command == "get" || options.command == "open"
                   ? "leave one of them out; prewarm " + options.command +
                         (options.command == "get" ? " NAME" : "") + " --json describes the value"
                   : "leave --json out");
}

std::string help_of_all() {
  CLI::App app(
      "prewarm keeps cache values warm: it fetches on a cron schedule, writes a versioned envelope to a key "
      "of its environment, reads it back, and only then says so.",
      "prewarm");
  app.footer(
      "Begin with: prewarm check, then prewarm once NAME --env development\n"
      "Every command: prewarm COMMAND --help");
  for (const CommandInfo& info : commands())
    app.add_subcommand(std::string(info.name), std::string(info.does));
  return app.help();
}

// The parser knows this command alone: a schedule may be named like another one.
std::variant<Options, Stop> parse(const CommandInfo& info, const Words& words) {
  Options options;
  options.command = info.name;
  CLI::App app(std::string(info.does), "prewarm " + options.command);
  describe(app, info, options);
  try {
    app.parse(Words(words.rbegin(), words.rend() - 1));
  } catch (const CLI::CallForHelp&) {
    return Stop{0, app.help(), {}, {}};
  } catch (const CLI::ExtrasError&) {  // all but short flags was found before
    const Words left = app.remaining();
    return unknown_flag(options.command, left.empty() ? "-" : left.front().substr(0, 2));
  } catch (const CLI::ParseError& error) {
    return fault(without_full_stop(error.what()), help_of(options.command));
  }
  if (auto stop = judge(options)) return *std::move(stop);
  return options;
}

// `prewarm --version` and `prewarm help COMMAND`, as other programs have them.
void read_other_forms(Words& words) {
  if (words.empty()) return;
  if (words[0] == "--version") words[0] = "version";
  if (words[0] != "help") return;
  words.erase(words.begin());
  if (!words.empty() && words[0][0] != '-')
    words = {words[0], "--help"};
  else
    words = {"--help"};
}

std::variant<Options, Stop> parse_words(Words words) {
  read_other_forms(words);
  if (words.empty()) return Stop{2, help_of_all(), "PW314 no command is given", "prewarm --help"};
  if (words[0] == "--help" || words[0] == "-h") return Stop{0, help_of_all(), {}, {}};
  if (words[0].empty() || words[0][0] == '-')
    return fault("\"" + words[0] + "\" stands where a command is expected; flags come behind it",
                 "prewarm --help");
  const CommandInfo* info = find_command(words[0]);
  if (info == nullptr) return unknown_command(words[0]);
  const std::vector<Typed> typed = read_typed(words[0], words);
  if (auto stop = find_unknown_flag(words[0], typed)) return *std::move(stop);
  if (std::any_of(typed.begin(), typed.end(), asks_for_help)) return parse(*info, {words[0], "--help"});
  if (auto stop = find_excess(*info, typed)) return *std::move(stop);
  return parse(*info, words);
}

}  // namespace

std::variant<Options, Stop> parse_options(int argc, const char* const* argv) {
  const Words words(argv + std::min(argc, 1), argv + argc);
  auto parsed = parse_words(words);
  if (auto* stop = std::get_if<Stop>(&parsed))
    stop->json = std::find(words.begin(), words.end(), "--json") != words.end();
  return parsed;
}

}  // namespace prewarm::cli

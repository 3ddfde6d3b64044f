// SPDX-License-Identifier: Apache-2.0
#include "prewarm/cli/cli.hpp"

#include <array>
#include <csignal>
#include <cstdio>
#include <string_view>

#include "cli/commands.hpp"

namespace prewarm::cli {
namespace {

struct Command {
  std::string_view name;
  int (*function)(const Options&, Output&);
};

constexpr auto kHandlers = std::to_array<Command>({
    {"run", command_run},
    {"once", command_once},
    {"check", command_check},
    {"next", command_next},
    {"explain", command_explain},
    {"get", command_get},
    {"schema", command_schema},
    {"version", command_version},
    {"classify", command_classify},
    {"seal", command_seal},
    {"open", command_open},
});

// Help, or what is wrong with the command line; with --json a fault still ends with its `exit` line.
int tell(const Stop& stop) {
  Options options;
  options.json = stop.json && stop.exit != 0;
  Output out(options);
  if (stop.exit == 0)
    out.bytes(stop.text);
  else
    std::fputs(stop.text.c_str(), stderr);
  if (!stop.message.empty()) out.error(stop.message, stop.remedy);
  return out.finish(stop.exit);
}

}  // namespace

int run(int argc, char** argv) {
  // A closed pipe and a file that may not grow are errors of the write, not the end of the worker.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  const auto parsed = parse_options(argc, argv);
  if (const auto* stop = std::get_if<Stop>(&parsed)) return tell(*stop);
  const Options& options = *std::get_if<Options>(&parsed);
  Output out(options);
  for (const Command& command : kHandlers)
    if (command.name == options.command) return out.finish(command.function(options, out));
  return 2;
}

}  // namespace prewarm::cli

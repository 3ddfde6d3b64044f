// SPDX-License-Identifier: Apache-2.0
// What was typed: one command, its names and flags, as text. Values are read in settings.cpp and by the
// commands, so that each fault gets its PW code. CLI11 is seen by options.cpp alone. Pure.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace prewarm::cli {

using Text = std::optional<std::string>;

struct Options {
  std::string command;
  std::vector<std::string> names;  // positional arguments
  // every command
  Text env, schedules, store, color;
  bool json = false, quiet = false, verbose = false;
  // commands that open the store or fetch
  Text store_ca, store_cert, store_key, worker, allow_net, log_level, log_format;
  // run
  Text warm_on_start, drain;
  // once
  bool all = false, dry_run = false, no_heartbeat = false;
  Text due_within, slot, if_older_than;
  // check
  bool strict = false, online = false, allow_unset = false;
  // next, explain
  Text count, tz, from, cron;
  // get
  bool payload = false, meta = false, raw = false;
  Text pointer, max_age, id;
  // seal, classify
  Text version, at, expect_version;
  bool exit_code = false;
  // schema
  bool markdown = false;
};

/// Printed and done: help, or what is wrong with the command line (PW314).
struct Stop {
  int exit = 0;
  std::string text;             // help: to stdout when exit is 0, else to stderr
  std::string message, remedy;  // what is wrong; both empty when help was asked for
  bool json = false;            // --json stands among the arguments: an `exit` line is due
};

std::variant<Options, Stop> parse_options(int argc, const char* const* argv);

}  // namespace prewarm::cli

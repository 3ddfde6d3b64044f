// SPDX-License-Identifier: Apache-2.0
// The commands and flags of this version as one table: what the parser accepts, what --help shows and what a
// misspelt flag is compared with. A flag of all commands is accepted everywhere, so that one line of settings
// serves them all, and shown where it does something. Pure: constants.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/options.hpp"

namespace prewarm::cli {

struct CommandInfo {
  std::string_view name, does;
  std::string_view examples;      // one a line, as they can be typed
  std::string_view operand;       // "NAME"; empty: the command takes none
  std::string_view operand_does;  // begins with a small letter
  std::string_view must;          // what must be given, an operand or a flag; empty: nothing
  std::string_view must_do;       // the cure when it is not
  bool one = false;               // one operand at most
};

struct Flag {
  std::string_view name;      // "--env", or with a short form "-n,--count"
  std::string_view value;     // "NAME"; empty: on or off
  std::string_view does;      // with its variable and default in brackets
  std::string_view commands;  // those it does something for, each with blanks around: " run once "
  Text Options::*text = nullptr;
  bool Options::*on = nullptr;
  bool everywhere = false;  // accepted by the other commands too

  bool shown_by(std::string_view command) const noexcept;
  bool accepted_by(std::string_view command) const noexcept { return everywhere || shown_by(command); }
  /// "--count".
  std::string_view long_name() const noexcept;
};

std::span<const CommandInfo> commands() noexcept;
const CommandInfo* find_command(std::string_view name) noexcept;
std::span<const Flag> flags() noexcept;
/// By "--count" or "-n"; nothing when the command takes no such flag.
const Flag* find_flag(std::string_view command, std::string_view word) noexcept;
/// Why --json cannot stand here: "schema prints a document" for output that is bytes, else empty.
std::string_view prints_bytes(const Options& options) noexcept;

}  // namespace prewarm::cli

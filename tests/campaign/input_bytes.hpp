// SPDX-License-Identifier: Apache-2.0
// The bytes of a bad input, written so that a text file can hold them. A recipe is JSON:
//
//   recipe  a text | [recipe, ...], one behind the other | { "repeat": recipe, "times": N } | { "hex": "fffe"
//   }
//           | { "sample": "truncated.json" }, of tests/data | { "cut": recipe, "at": N } | { "gzip": recipe }
//           | { "utf16": recipe } | { "sized": recipe }, Content-Length, the blank line and then the bytes
//
// In each text {{name}} stands for a value of the case, and {{now+61s}} for that instant as an envelope has
// it. Pure but for {{now}}, "sample" and the clock.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace prewarm::campaign {

/// By name: "upstream", "sink", "each".
using Names = std::map<std::string, std::string>;

/// A name that is none stays as it is, so that a file may hold {{ for its own sake.
std::string filled(const std::string& text, const Names& names);
/// Throws std::runtime_error when it is no recipe.
std::string cooked(const nlohmann::json& recipe, const Names& names);
/// Of an `answer.http` or a `reply.resp`: \r \n \0 \\ and \xHH mean bytes, and ends of lines nothing.
std::string unescaped(const std::string& text);

}  // namespace prewarm::campaign

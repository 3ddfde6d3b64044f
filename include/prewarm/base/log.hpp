// SPDX-License-Identifier: Apache-2.0
// Log lines of SURFACE 8: one event a line on stderr, as JSON or in a human form with the same facts. The
// line is encoded by us (no pattern escapes for spdlog to misread); control characters are escaped, texts cut
// at 2,000 characters. Logging never holds the product up: a stderr that nobody reads loses lines, which is
// told in their place (`log.dropped`, `lines`). Callers pass no secret, query, header value or payload.
// Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "prewarm/base/clock.hpp"
#include "prewarm/base/json_text.hpp"

namespace prewarm {

enum class Level : std::uint8_t { debug, info, warn, error };
enum class LogFormat : std::uint8_t { human, json };

struct Field {
  std::string name;
  std::variant<std::string, std::int64_t, bool, std::vector<std::string>> value;
};
using Fields = std::vector<Field>;

struct LogLine {
  WallTime time;
  Level level = Level::info;
  std::string event;  // "run.ended"
  std::string msg;    // one sentence for people
  Fields fields;
};

struct LogSettings {
  Level level = Level::info;
  LogFormat format = LogFormat::json;
  bool color = false;
  std::string env, worker;  // on every line
};

/// Pure: members of a record, each text cut at 2,000 characters.
void add_fields(JsonObject& object, const Fields& fields);
/// Pure: the line without its newline.
std::string json_line(const LogSettings& settings, const LogLine& line);
std::string human_line(const LogSettings& settings, const LogLine& line);

class Log {
 public:
  virtual ~Log() = default;
  /// False: lines of this level go nowhere, and need not be made.
  virtual bool takes(Level /*level*/) const noexcept { return true; }
  /// Writes the line if its level is enabled. Never fails and never throws; a closed stderr is ignored, and
  /// one that is full is waited for 100 ms, once until it has taken all that waits.
  virtual void write(const LogLine& line) = 0;
};

/// stderr through spdlog, written by a thread of its own.
std::unique_ptr<Log> make_stderr_log(LogSettings settings);

}  // namespace prewarm

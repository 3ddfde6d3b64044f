// SPDX-License-Identifier: Apache-2.0
// Everything a run of the built program touches, for real: a folder of schedule files, an upstream, a Redis,
// a heartbeat sink. Each test makes its own; nothing is shared.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "support/process.hpp"
#include "support/redis_server.hpp"
#include "support/temp_dir.hpp"
#include "support/upstream.hpp"

namespace prewarm::test {

struct World {
  testkit::TempDir dir;
  testkit::Upstream upstream;
  testkit::Upstream sink;  // answers 200 to every ping
  std::map<std::string, std::string> env;

  World();
  /// Writes schedules/NAME.jsonc.
  void schedule(const std::string& name, const std::string& text) const;
  /// A schedule of one upstream path with a heartbeat to the sink's /NAME; `more` is put in before the end.
  void simple(const std::string& name, int version, const std::string& more = "") const;
  void use(const testkit::RedisServer& redis) { env["PREWARM_STORE"] = redis.unix_url(); }

  testkit::ChildCommand command(std::vector<std::string> arguments) const;
  testkit::Finished prewarm(std::vector<std::string> arguments, const std::string& input = "") const;
  /// Targets of the pings so far, e.g. "/news/start?rid=…", without the rid.
  std::vector<std::string> pings() const;
};

/// The program without environment, folder and store.
testkit::Finished bare(std::vector<std::string> arguments, const std::string& input = "");

/// One member of each JSON line of `text` whose `event` (or `type`) is `event`.
std::vector<std::string> members(const std::string& text, const std::string& event,
                                 const std::string& member);

}  // namespace prewarm::test

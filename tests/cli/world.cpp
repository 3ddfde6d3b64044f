// SPDX-License-Identifier: Apache-2.0
#include "cli/world.hpp"

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>

namespace prewarm::test {

World::World() {
  sink.otherwise([](const testkit::UpstreamRequest&) { return testkit::Answer::of(200, "OK"); });
  env["PREWARM_ENV"] = "production";
  env["PREWARM_SCHEDULES"] = (dir / "schedules").string();
  env["PREWARM_STORE"] = "sqlite:" + (dir / "cache.db").string();
  env["PREWARM_WORKER"] = "test-worker";
  if (const char* fault = std::getenv("PREWARM_PLANT")) env["PREWARM_PLANT"] = fault;
}

void World::schedule(const std::string& name, const std::string& text) const {
  dir.write("schedules/" + name + ".jsonc", text);
}

void World::simple(const std::string& name, int version, const std::string& more) const {
  schedule(name, R"({"schedule":"*/5 * * * *","fetch":{"url":")" + upstream.url("/" + name) +
                     R"(","retries":0},"store":{"version":)" + std::to_string(version) +
                     R"(},"heartbeat":")" + sink.url("/" + name) + R"(")" + more + "}");
}

testkit::ChildCommand World::command(std::vector<std::string> arguments) const {
  testkit::ChildCommand command;
  command.program = std::string(PREWARM_BINARY_DIR) + "/prewarm";
  command.arguments = std::move(arguments);
  command.environment = env;
  command.directory = dir.path();
  return command;
}

testkit::Finished World::prewarm(std::vector<std::string> arguments, const std::string& input) const {
  testkit::ChildCommand command = this->command(std::move(arguments));
  command.input = input;
  return testkit::run(command, std::chrono::seconds(60));
}

std::vector<std::string> World::pings() const {
  std::vector<std::string> targets;
  for (const auto& request : sink.requests()) targets.push_back(request.path());
  return targets;
}

testkit::Finished bare(std::vector<std::string> arguments, const std::string& input) {
  World world;
  world.env.clear();
  return world.prewarm(std::move(arguments), input);
}

std::vector<std::string> members(const std::string& text, const std::string& event,
                                 const std::string& member) {
  std::vector<std::string> found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (!json.is_object()) continue;
    const std::string name = json.value("event", json.value("type", std::string()));
    if (name != event || !json.contains(member)) continue;
    const auto& value = json.at(member);
    found.push_back(value.is_string() ? value.get<std::string>() : value.dump());
  }
  return found;
}

}  // namespace prewarm::test

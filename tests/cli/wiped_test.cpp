// SPDX-License-Identifier: Apache-2.0
// The memory of a running worker, read from outside: a password that was replaced is in it no more.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <csignal>
#include <fstream>
#include <sstream>

#include "cli/changed_password.hpp"
#include "cli/world.hpp"

using namespace prewarm;
using namespace prewarm::test;
using testkit::Answer;

namespace {

std::size_t count_of(const std::string& what, const std::string& in) {
  std::size_t count = 0;
  for (std::size_t at = in.find(what); at != std::string::npos; at = in.find(what, at + 1)) ++count;
  return count;
}

struct Region {
  std::string name;
  std::streamoff from = 0, to = 0;
};

std::vector<Region> writable_regions(const std::string& proc) {
  std::vector<Region> regions;
  std::ifstream maps(proc + "maps");
  for (std::string line; std::getline(maps, line);) {
    std::istringstream words(line);
    Region region;
    char dash = 0;
    std::string rights, offset, device, inode;
    words >> std::hex >> region.from >> dash >> region.to >> rights >> offset >> device >> inode >>
        region.name;
    if (rights.rfind("rw", 0) == 0) regions.push_back(region);
  }
  return regions;
}

// Where `what` is in the process's memory, a word for each place.
std::vector<std::string> places_of(const std::string& what, pid_t pid) {
  const std::string proc = "/proc/" + std::to_string(pid) + "/";
  std::ifstream memory(proc + "mem", std::ios::binary);
  REQUIRE(memory);
  std::vector<std::string> places;
  for (const Region& region : writable_regions(proc)) {
    std::string bytes(static_cast<std::size_t>(region.to - region.from), '\0');
    memory.clear();
    memory.seekg(region.from);
    memory.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    for (std::size_t i = count_of(what, bytes); i > 0; --i)
      places.push_back(region.name.empty() ? "mapped" : region.name);
  }
  return places;
}

}  // namespace

TEST_CASE("a password that was replaced in its file is nowhere in the worker's memory") {
  // Short texts lie in the objects themselves, on stacks too.
  const std::string first = GENERATE("7Fq-first-x", "7Fq-first-password-of-more-than-fifteen-bytes");
  const std::string second = GENERATE("9Kz-other-y", "9Kz-other-password-of-more-than-fifteen-bytes");
  const bool in_url = GENERATE(false, true);
  World world;
  const testkit::RedisServer redis({.tcp = true, .users = {"worker on >" + first + " ~* +@all"}});
  const std::string place = "127.0.0.1:" + std::to_string(redis.port());
  const auto file = world.dir / "secret";
  const auto put_password = [&](const std::string& password) {
    put_file(file, in_url ? "redis://worker:" + password + "@" + place : password);
  };
  world.env.erase("PREWARM_STORE");
  world.env["LD_PRELOAD"] = PREWARM_READABLE;
  world.env[in_url ? "PREWARM_STORE_FILE" : "PREWARM_STORE_PASSWORD_FILE"] = file.string();
  if (!in_url) world.env.insert({{"PREWARM_STORE", "redis://" + place}, {"PREWARM_STORE_USER", "worker"}});
  world.schedule("news", R"({"schedule":"@every 1s","timeout":"1s","fetch":{"retries":0,"url":")" +
                             world.upstream.url("/news") + R"("},"store":{"version":1,"ttl":"1h"}})");
  world.upstream.on("/news", Answer::json("[1]"));
  const auto two_more = [&] {
    world.upstream.wait_for_request(world.upstream.requests("/news").size() + 2, "/news");
  };
  put_password(first);
  testkit::Process worker(world.command({"run"}));
  two_more();
  CHECK_FALSE(places_of(first, worker.pid()).empty());  // so that it would be seen
  put_password(second);
  change_password(redis, second);
  two_more();
  worker.signal(SIGSTOP);
  INFO("in the URL: " << in_url);
  CHECK(places_of(first, worker.pid()) == std::vector<std::string>{});
  worker.signal(SIGCONT);
  worker.signal(SIGTERM);
  CHECK(worker.wait().exit_code == 0);
}

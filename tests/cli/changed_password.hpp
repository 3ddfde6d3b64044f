// SPDX-License-Identifier: Apache-2.0
// A store whose password is replaced while a worker runs: in the file that the worker reads, and at the
// server.
#pragma once

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <string>

#include "support/redis_server.hpp"

namespace prewarm::test {

inline void put_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::trunc) << text << "\n";
}

/// Nobody may log in as "worker" with the old password any more, and whoever is logged in is thrown out.
inline void change_password(const testkit::RedisServer& redis, const std::string& password) {
  REQUIRE_FALSE(redis.command({"ACL", "SETUSER", "worker", "resetpass", ">" + password}).is_error());
  redis.command({"CLIENT", "KILL", "USER", "worker"});
}

}  // namespace prewarm::test

// SPDX-License-Identifier: Apache-2.0
// The shared suite's world for Redis: a private redis-server of the kit. Owned by one thread.
#pragma once

#include "store/world.hpp"
#include "support/redis_server.hpp"

namespace prewarm::store {

class RedisWorld : public World {
 public:
  static constexpr int kWritesPerWriter = 500;

  explicit RedisWorld(testkit::RedisSettings settings = {}) : server_(std::move(settings)) {}

  std::unique_ptr<Store> store() override { return store_at(server_.unix_url()); }
  void plant(const std::string& key, const std::string& bytes, std::optional<Millis> ttl = {}) override;
  void plant_other_type(const std::string& key) override;
  std::optional<std::string> value(const std::string& key) override { return server_.value(key); }
  std::optional<Millis> ttl(const std::string& key) override;

  std::unique_ptr<Store> store_at(const std::string& url, StoreSettings settings = test_settings());
  testkit::RedisServer& server() noexcept { return server_; }

 private:
  testkit::RedisServer server_;
};

/// The same for a user who may make no transactions, so that every window goes by the script.
class ScriptWorld : public RedisWorld {
 public:
  ScriptWorld() : RedisWorld({.users = {"worker on >hunter2 ~* +@all -multi"}}) {}
  std::unique_ptr<Store> store() override;
};

}  // namespace prewarm::store

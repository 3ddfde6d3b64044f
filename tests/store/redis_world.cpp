// SPDX-License-Identifier: Apache-2.0
#include "store/redis_world.hpp"

namespace prewarm::store {

void RedisWorld::plant(const std::string& key, const std::string& bytes, std::optional<Millis> ttl) {
  std::vector<std::string> words{"SET", key, bytes};
  if (ttl) words.insert(words.end(), {"PX", std::to_string(ttl->count())});
  if (server_.command(words).is_error()) throw std::runtime_error("SET failed");
}

void RedisWorld::plant_other_type(const std::string& key) {
  if (server_.command({"RPUSH", key, "a", "b"}).is_error()) throw std::runtime_error("RPUSH failed");
}

std::optional<Millis> RedisWorld::ttl(const std::string& key) {
  const std::int64_t left = server_.ttl_ms(key);
  if (left == -2) return std::nullopt;
  return Millis(left);
}

std::unique_ptr<Store> RedisWorld::store_at(const std::string& url, StoreSettings settings) {
  return sure(make_store(Secret(url), std::move(settings), clock()));
}

std::unique_ptr<Store> ScriptWorld::store() {
  auto settings = test_settings();
  settings.user = "worker";
  settings.password = Secret("hunter2");
  return store_at(server().unix_url(), std::move(settings));
}

}  // namespace prewarm::store

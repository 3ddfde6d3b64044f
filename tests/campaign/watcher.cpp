// SPDX-License-Identifier: Apache-2.0
#include "campaign/watcher.hpp"

#include <chrono>
#include <stdexcept>

#include "campaign/shelf.hpp"

namespace prewarm::campaign {
namespace {
constexpr std::chrono::milliseconds kBetween{3};
constexpr std::size_t kMostFindings = 5;
}  // namespace

Watcher::Watcher(const testkit::RedisServer& redis, std::string key)
    : key_(std::move(key)), redis_(&redis), thread_([this] { watch(); }) {}

Watcher::~Watcher() {
  stop_ = true;
  thread_.join();
}

void Watcher::turn_to(const testkit::RedisServer& redis) {
  const std::lock_guard lock(mutex_);
  redis_ = &redis;
  latest_.clear();
}

void Watcher::new_history() {
  const std::lock_guard lock(mutex_);
  latest_.clear();
}

Findings Watcher::findings() const {
  const std::lock_guard lock(mutex_);
  return findings_;
}

void Watcher::watch() {
  while (!stop_) {
    const testkit::RedisServer* server = redis_;
    try {
      testkit::Resp link = server->connect();
      while (!stop_ && server == redis_) {
        const testkit::Reply reply = link.command({"GET", key_});
        if (stop_) break;
        std::this_thread::sleep_for(kBetween);
        const std::lock_guard lock(mutex_);
        if (server == redis_ && reply.kind == testkit::Reply::Kind::bulk) see(reply.text);
        ++reads_;
      }
    } catch (const std::runtime_error&) {
      std::this_thread::sleep_for(kBetween);  // it is away, which is the point
    }
  }
}

void Watcher::see(const std::string& bytes) {
  if (findings_.size() >= kMostFindings) return;
  const auto parts = whole(bytes);
  if (!parts) return findings_.push_back("I1: a reader got " + bytes.substr(0, 120));
  if (parts->instant < latest_)
    findings_.push_back("I4: a reader got " + parts->instant + " after " + latest_);
  latest_ = parts->instant;
}

}  // namespace prewarm::campaign

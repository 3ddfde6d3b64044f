// SPDX-License-Identifier: Apache-2.0
// A store as a campaign looks at it, behind the product's back: raw bytes, lives, the ledger's texts, and
// whether the store itself is sound. A SQLite file is looked at as a copy, with its journal, so that what a
// killed process left is the product's to repair. Owned by one thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "campaign/campaign.hpp"
#include "support/redis_server.hpp"

namespace prewarm::campaign {

struct Held {
  std::string bytes;
  std::int64_t ttl_ms = -1;  // -1: for ever
  bool operator==(const Held&) const = default;
};

struct Shelf {
  std::map<std::string, Held> values;         // of the keys asked for, those that are there
  std::map<std::string, std::string> ledger;  // of the schedules' records: "prewarm:…:schedule:…"
  Findings unsound;                           // what the store says against itself
};

class ShelfKeeper {
 public:
  virtual ~ShelfKeeper() = default;
  virtual std::string url() const = 0;
  /// As before the first run ever.
  virtual void wipe() = 0;
  virtual void remove(const std::string& key) = 0;
  virtual Shelf look(const std::vector<std::string>& keys) = 0;
};

std::unique_ptr<ShelfKeeper> redis_shelf();
std::unique_ptr<ShelfKeeper> sqlite_shelf();
Shelf look_at(const testkit::RedisServer& redis, const std::vector<std::string>& keys);

/// The parts of one whole envelope; nothing when the bytes are anything else.
struct Whole {
  std::string instant, payload;
};
std::optional<Whole> whole(const std::string& bytes, int version = 1);

}  // namespace prewarm::campaign

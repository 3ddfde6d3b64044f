// SPDX-License-Identifier: Apache-2.0
// The shared suite's world for SQLite: a file in a temporary directory. The other writer is a second
// connection, in another process's place. Owned by one thread.
#pragma once

#include "store/world.hpp"
#include "support/temp_dir.hpp"

namespace prewarm::store {

class SqliteWorld final : public World {
 public:
  static constexpr int kWritesPerWriter = 40;  // each is three waits for the disk

  std::unique_ptr<Store> store() override;
  void plant(const std::string& key, const std::string& bytes, std::optional<Millis> ttl = {}) override;
  void plant_other_type(const std::string& key) override;
  std::optional<std::string> value(const std::string& key) override;
  std::optional<Millis> ttl(const std::string& key) override;

  std::string path() const { return (directory_ / "prewarm.db").string(); }
  const testkit::TempDir& directory() const { return directory_; }
  /// Any statement, by the other connection; the first column of the first row.
  std::optional<std::string> sql(const std::string& statement);

 private:
  testkit::TempDir directory_;
};

}  // namespace prewarm::store

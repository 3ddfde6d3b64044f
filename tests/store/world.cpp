// SPDX-License-Identifier: Apache-2.0
#include "store/world.hpp"

namespace prewarm::store {

StoreSettings test_settings() {
  StoreSettings settings;
  settings.env = "test";
  settings.worker = "worker-1";
  return settings;
}

run::Entry entry_at(WallTime instant, std::int64_t version, const std::string& payload) {
  return {"recent-listens:test:v" + std::to_string(version),
          envelope::Sealed(envelope::seal(version, instant, payload)), version, instant,
          std::chrono::minutes(10)};
}

run::ReadBack write_one(Store& store, const run::Entry& entry, BootTime deadline) {
  auto answers = store.write({&entry, 1}, kMaxAge, deadline);
  ENSURE(answers.size() == 1);
  return std::move(answers[0]);
}

}  // namespace prewarm::store

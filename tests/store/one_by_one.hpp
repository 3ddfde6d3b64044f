// SPDX-License-Identifier: Apache-2.0
// A store for tests that does what takes several keys one key after the other.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "prewarm/store/store.hpp"

namespace prewarm::test {

class OneByOne : public store::Store {
 public:
  Result<std::vector<run::Found>> look(std::span<const store::Look> keys, BootTime deadline) override {
    std::vector<run::Found> all;
    for (const store::Look& look : keys) {
      auto one = read(look.key, look.cap, look.facts, deadline);
      if (!one) return std::move(one).error();
      // Without facts a key that is empty reads as one that is absent, as from Redis.
      if (!look.facts && one->kind == run::Found::Kind::text && one->length == 0) *one = {};
      all.push_back(*std::move(one));
      if (!look.facts) all.back().length = all.back().bytes.size();
    }
    return all;
  }
  Result<std::vector<std::optional<std::string>>> get_records(std::span<const std::string> keys,
                                                              BootTime deadline) override {
    std::vector<std::optional<std::string>> all;
    for (const std::string& key : keys) {
      auto one = get_record(key, deadline);
      if (!one) return std::move(one).error();
      all.push_back(*std::move(one));
    }
    return all;
  }
  Result<void> put_records(const store::Records& records, BootTime deadline) override {
    for (const store::Record& record : records.all)
      if (auto put = put_record(record.key, record.text, records.ttl, deadline); !put) return put;
    return {};
  }
};

}  // namespace prewarm::test

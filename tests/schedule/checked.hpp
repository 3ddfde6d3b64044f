// SPDX-License-Identifier: Apache-2.0
// Schedule files and what is said of them.
#pragma once

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "load.hpp"

namespace prewarm::schedule::test {

struct Case {
  std::string text;
  std::string summary;
};
inline void check_all(const std::vector<Case>& cases, const World& world = {}) {
  for (const Case& c : cases) {
    INFO(c.text);
    const auto result = load_text(c.text, world);
    INFO(texts(result));
    CHECK(summary(result) == c.summary);
    CHECK(static_cast<bool>(result.catalog) == !has_errors(result.findings));
  }
}

}  // namespace prewarm::schedule::test

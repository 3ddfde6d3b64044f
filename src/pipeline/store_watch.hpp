// SPDX-License-Identifier: Apache-2.0
// Says when the store goes and comes back: `store.down` the 1st, 2nd, 4th … time, `store.up` once with how
// long it was. Owned by the record thread.
#pragma once

#include <cstdint>
#include <optional>

#include "prewarm/base/log.hpp"
#include "prewarm/run/report.hpp"

namespace prewarm::pipeline {

class StoreWatch {
 public:
  /// The line that this report gives rise to, if any.
  std::optional<LogLine> see(const run::RunReport& report);

 private:
  std::int64_t failures_ = 0;
  BootTime down_since_{};
};

}  // namespace prewarm::pipeline

// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "prewarm/base/json_text.hpp"
#include "prewarm/revision.hpp"
#include "prewarm/schedule/zone.hpp"

namespace prewarm::cli {

int command_version(const Options& options, Output& out) {
  const std::string tzdata = schedule::zone_data_release();
  if (!options.json) {
    out.line("prewarm " PREWARM_VERSION " (" PREWARM_REVISION "), zone data " + tzdata +
             ", stores: sqlite, redis");
    return 0;
  }
  JsonObject facts;
  facts.add("type", "version")
      .add("version", PREWARM_VERSION)
      .add("revision", PREWARM_REVISION)
      .add("format", 1);
  facts.add("envelope", 1).add("ledger", 1).add("tzdata", tzdata).add_raw("stores", R"(["sqlite","redis"])");
  out.line(facts.text());
  return 0;
}

}  // namespace prewarm::cli

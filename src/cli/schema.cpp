// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "prewarm/schedule/catalog.hpp"

namespace prewarm::cli {

int command_schema(const Options& options, Output& out) {
  out.bytes(options.markdown ? schedule::schema_markdown() : schedule::schema_json());
  return 0;
}

}  // namespace prewarm::cli

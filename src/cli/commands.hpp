// SPDX-License-Identifier: Apache-2.0
// One function per command; each returns the exit code of SURFACE 7 and has written everything but the `exit`
// line. Owned by the main thread.
#pragma once

#include "cli/options.hpp"
#include "cli/output.hpp"

namespace prewarm::cli {

int command_run(const Options& options, Output& out);
int command_once(const Options& options, Output& out);
int command_check(const Options& options, Output& out);
int command_next(const Options& options, Output& out);
int command_explain(const Options& options, Output& out);
int command_get(const Options& options, Output& out);
int command_schema(const Options& options, Output& out);
int command_version(const Options& options, Output& out);
int command_classify(const Options& options, Output& out);
int command_seal(const Options& options, Output& out);
int command_open(const Options& options, Output& out);

}  // namespace prewarm::cli

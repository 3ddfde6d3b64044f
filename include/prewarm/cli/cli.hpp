// SPDX-License-Identifier: Apache-2.0
// The command line: options, settings, one file per command in src/cli. The only place beside `main` that
// reads the environment and files. Owned by the main thread.
#pragma once

namespace prewarm::cli {

/// Runs one command; the result is the exit code of SURFACE 7.
int run(int argc, char** argv);

}  // namespace prewarm::cli

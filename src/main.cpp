// SPDX-License-Identifier: Apache-2.0
#include "prewarm/cli/cli.hpp"

int main(int argc, char** argv) { return prewarm::cli::run(argc, argv); }

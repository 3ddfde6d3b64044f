// SPDX-License-Identifier: Apache-2.0
#include "deploy/shell.hpp"

#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

#include "support/process.hpp"

namespace prewarm::test {

std::vector<std::string> lines_of(const std::string& shell_line) {
  const auto done = testkit::run({"/bin/bash", {"-o", "pipefail", "-c", shell_line}});
  if (done.exit_code != 0) throw std::runtime_error(shell_line + ": " + done.err);
  std::vector<std::string> lines;
  std::istringstream stream(done.out);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path + " cannot be read");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string executable() { return "'" PREWARM_BINARY_DIR "/prewarm'"; }

const std::string& executable_bytes() {
  static const std::string bytes = text_of(PREWARM_BINARY_DIR "/prewarm");
  return bytes;
}

}  // namespace prewarm::test

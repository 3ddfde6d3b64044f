// SPDX-License-Identifier: Apache-2.0
// What the tools of the system say of the executable that was built. Each call waits for the tool's end.
#pragma once

#include <string>
#include <vector>

namespace prewarm::test {

/// What a shell line prints, line by line; a line that fails is a std::runtime_error with its stderr.
std::vector<std::string> lines_of(const std::string& shell_line);
std::string text_of(const std::string& path);
/// The executable under test, quoted for a shell line, and its bytes.
std::string executable();
const std::string& executable_bytes();

}  // namespace prewarm::test

// SPDX-License-Identifier: Apache-2.0
// What makes an attack on the shipped executable harder, looked at in the executable itself: flags that a
// change of the build drops are not missed by anything else.
#include <catch2/catch_test_macros.hpp>

#include "deploy/shell.hpp"

using namespace prewarm::test;

namespace {

bool has_line(const std::vector<std::string>& lines, const std::string& part) {
  for (const std::string& line : lines)
    if (line.find(part) != std::string::npos) return true;
  return false;
}

std::string field(const std::vector<std::string>& lines, const std::string& name) {
  for (const std::string& line : lines)
    if (line.find(name) != std::string::npos) return line;
  return {};
}

std::string readelf(const std::string& option) { return "LC_ALL=C readelf -W" + option + " " + executable(); }

}  // namespace

TEST_CASE("the executable is position-independent") {
  CHECK(has_line(lines_of(readelf("h")), "DYN (Position-Independent Executable file)"));
  CHECK(field(lines_of(readelf("d")), "(FLAGS_1)").find("PIE") != std::string::npos);
}

TEST_CASE("addresses of functions are bound at the start and read-only from then on") {
  CHECK(has_line(lines_of(readelf("l")), "GNU_RELRO"));
  const auto dynamic = lines_of(readelf("d"));
  CHECK(field(dynamic, "(FLAGS)").find("BIND_NOW") != std::string::npos);
  CHECK(field(dynamic, "(FLAGS_1)").find("NOW") != std::string::npos);
  CHECK_FALSE(has_line(dynamic, "(TEXTREL)"));
}

TEST_CASE("no memory is both written and executed") {
  const auto segments = lines_of(readelf("l"));
  const std::string stack = field(segments, "GNU_STACK");
  REQUIRE_FALSE(stack.empty());
  CHECK(stack.find(" RW ") != std::string::npos);
  CHECK_FALSE(has_line(segments, " RWE "));
}

TEST_CASE("libraries are looked for where the system has them, and nowhere else") {
  const auto dynamic = lines_of(readelf("d"));
  CHECK_FALSE(has_line(dynamic, "RPATH"));
  CHECK_FALSE(has_line(dynamic, "RUNPATH"));
}

TEST_CASE("the stack is protected and calls of the C library that overrun are caught") {
  for (const char* room : {"core", "io", "app"}) {
    const auto symbols =
        lines_of("nm -u '" PREWARM_BINARY_DIR "/libprewarm_" + std::string(room) + ".a' 2> /dev/null");
    INFO("libprewarm_" << room << ".a");
    CHECK(has_line(symbols, " __stack_chk_fail"));
    CHECK(has_line(symbols, "__glibcxx_assert_fail"));
    CHECK(has_line(symbols, " __fprintf_chk"));
  }
  const auto wanted = lines_of("nm -D --undefined-only " + executable());
  CHECK(has_line(wanted, "__stack_chk_fail"));
  CHECK(has_line(wanted, "__memcpy_chk"));
}

#if defined(__x86_64__)
// The executable as a whole has no such note: Debian's archives are compiled without.
TEST_CASE("jumps in every object of ours land where they may") {
  for (const char* room : {"core", "io", "app"}) {
    const std::string archive = "'" PREWARM_BINARY_DIR "/libprewarm_" + std::string(room) + ".a'";
    const auto objects = lines_of("ar t " + archive);
    const auto notes = lines_of("LC_ALL=C readelf -nW " + archive + " | grep -o 'IBT, SHSTK'");
    INFO(archive);
    CHECK(notes.size() == objects.size());
  }
}
#endif

TEST_CASE("what is shipped has no path of the machine that built it") {
  CHECK(executable_bytes().find(PREWARM_SOURCE_DIR) == std::string::npos);
}

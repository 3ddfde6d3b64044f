// SPDX-License-Identifier: Apache-2.0
#include "schedule/variables.hpp"

#include <catch2/catch_test_macros.hpp>

#include "load.hpp"

using namespace prewarm;
using namespace prewarm::schedule;
using namespace prewarm::schedule::test;

namespace {

const World kWorld{{{"TOKEN", "t0k"},
                    {"EMPTY", ""},
                    {"BY_FILE_FILE", "/secrets/a"},
                    {"BOTH", "x"},
                    {"BOTH_FILE", "/secrets/a"},
                    {"GONE_FILE", "/secrets/gone"},
                    {"LINES", "a\r\nb"},
                    {"QUOTED", "a\"b\\"},
                    {"LATIN", "\xe9"},
                    {"CRLF_FILE", "/secrets/crlf"},
                    {"TWO_LINES_FILE", "/secrets/two"},
                    {"EMPTY_BY_FILE", ""},
                    {"EMPTY_BY_FILE_FILE", "/secrets/a"}},
                   {{"/secrets/a", "from file\n"}, {"/secrets/crlf", "x\r\n"}, {"/secrets/two", "x\n\n"}}};

// The filled text, or "PWnnn" of the first complaint.
std::string filled(std::string_view written, FillRules rules = {}) {
  const auto code = [](const Complaint& complaint) { return "PW" + std::to_string(complaint.code); };
  auto parsed = parse_text(written);
  if (const auto* complaint = std::get_if<Complaint>(&parsed)) {
    CHECK_FALSE(complaint->remedy.empty());
    return code(*complaint);
  }
  const LoadInput input = input_of(kWorld, {});
  const Filled filled = fill_text(std::get<TextPieces>(parsed), input, rules);
  if (filled.complaints.empty()) return filled.text;
  CHECK_FALSE(filled.complaints[0].remedy.empty());
  return code(filled.complaints[0]);
}

}  // namespace

TEST_CASE("variables, defaults and dollar signs are filled in") {
  CHECK(filled("Bearer ${TOKEN}") == "Bearer t0k");
  CHECK(filled("${TOKEN}${TOKEN}") == "t0kt0k");
  CHECK(filled("no variable") == "no variable");
  CHECK(filled("") == "");
  CHECK(filled("5$$ ${TOKEN}$$") == "5$ t0k$");
  CHECK(filled("$${TOKEN}") == "${TOKEN}");
  CHECK(filled("${UNSET:-text}") == "text");
  CHECK(filled("${UNSET:-}") == "");
  CHECK(filled("${EMPTY:-text}") == "text");
  CHECK(filled("${TOKEN:-text}") == "t0k");
  CHECK(filled("${TOKEN:-a:-b?}") == "t0k");
}

TEST_CASE("a value can come from the file that NAME_FILE names, without its line end") {
  CHECK(filled("${BY_FILE}") == "from file");
  CHECK(filled("${EMPTY_BY_FILE}") == "from file");
  CHECK(filled("${CRLF}") == "x");
  CHECK(filled("${TWO_LINES}") == "PW306");
  CHECK(filled("${BOTH}") == "PW303");
  CHECK(filled("${GONE}") == "PW307");
  CHECK(filled("${GONE:-x}") == "PW307");
}

TEST_CASE("what is not set, or set to nothing, is missing") {
  CHECK(filled("${UNSET}") == "PW301");
  World world;
  world.variables["EMPTY"] = "";
  const LoadInput input = input_of(world, {});
  const auto pieces = std::get<TextPieces>(parse_text("${EMPTY}"));
  CHECK(fill_text(pieces, input, {}).complaints.at(0).code == 301);
  CHECK(fill_text(pieces, input, FillRules{true, false}).complaints.empty());
}

TEST_CASE("malformed variables are refused with the right spelling") {
  for (const std::string_view text : {"$", "a$b", "$NAME", "${NAME", "${}", "${name}", "${1A}", "${A-b}",
                                      "${A:b}", "${A B}", "${_A}", "${A:-$B}", "${A:-${B}}"}) {
    INFO(text);
    CHECK(filled(text) == "PW304");
  }
  CHECK(std::get<Complaint>(parse_text("${token}")).remedy == "\"${TOKEN}\"");
  CHECK(filled("${PREWARM_STORE}") == "PW305");
}

TEST_CASE("values that would end a line or be no text are refused") {
  CHECK(filled("${LINES}") == "PW306");
  CHECK(filled("${LATIN}") == "PW306");
}

TEST_CASE("inside JSON everything filled in is escaped") {
  CHECK(filled("\"${QUOTED}\"", FillRules{false, true}) == R"(\"a\"b\\\")");
}

TEST_CASE("what is shown has names, not values and not what stands in for them") {
  CHECK(shown_text(std::get<TextPieces>(parse_text("a${TOKEN:-hidden}b$$"))) == "a${TOKEN}b$");
}

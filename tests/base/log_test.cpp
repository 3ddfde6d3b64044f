// SPDX-License-Identifier: Apache-2.0
#include "prewarm/base/log.hpp"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>
#include <random>

#include "prewarm/base/time_text.hpp"

using namespace prewarm;
using nlohmann::json;

namespace {

LogSettings settings() {
  LogSettings made;
  made.env = "production";
  made.worker = "prewarm-7c9f";
  return made;
}

LogLine line(std::string msg, Fields fields = {}) {
  return {parse_rfc3339("2026-05-01T13:00:19.618Z").value(), Level::warn, "run.ended", std::move(msg),
          std::move(fields)};
}

// No byte that ends a line, steers a terminal or hides text; U+2028 and U+2029 end a line for some readers.
bool one_clean_line(const std::string& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) return false;
    if (byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) return false;
  }
  return text.find("\xe2\x80\xa8") == std::string::npos && text.find("\xe2\x80\xa9") == std::string::npos;
}

std::string random_bytes(std::mt19937& random, std::size_t length) {
  using std::string_view_literals::operator""sv;
  static constexpr auto kNasty = "\0\n\r\t\x1b\x7f\"\\{}%=[ \xc2\x85\xe2\x80\xa8\xf0\x9f\xff\x80"sv;
  std::string text;
  while (text.size() < length)
    text += random() % 2 == 0 ? kNasty[random() % kNasty.size()] : static_cast<char>(random() % 256);
  return text;
}

}  // namespace

TEST_CASE("a JSON line begins with time, level, event, msg, env and worker") {
  CHECK(
      json_line(
          settings(),
          line("it went", {{"schedule", std::string("news")}, {"n", std::int64_t{-3}}, {"ok", true}})) ==
      R"({"time":"2026-05-01T13:00:19.618Z","level":"warn","event":"run.ended","msg":"it went","env":"production","worker":"prewarm-7c9f","schedule":"news","n":-3,"ok":true})");
}

TEST_CASE("the human line has the same facts") {
  CHECK(
      human_line(settings(), line("it \"went\"", {{"schedule", std::string("news")},
                                                  {"n", std::int64_t{-3}},
                                                  {"ok", true},
                                                  {"why", std::string("a b")},
                                                  {"nothing", std::string()},
                                                  {"path", std::string("a=b")}})) ==
      R"(2026-05-01T13:00:19.618Z warn   it "went"  [run.ended] schedule=news n=-3 ok=true why="a b" nothing="" path="a=b")");
}

TEST_CASE("levels are named, and coloured only where colour is wanted") {
  LogSettings made = settings();
  for (const auto& [level, word] : {std::pair{Level::debug, "debug"},
                                    {Level::info, "info"},
                                    {Level::warn, "warn"},
                                    {Level::error, "error"}}) {
    LogLine one = line("x");
    one.level = level;
    made.color = false;
    CHECK(json::parse(json_line(made, one))["level"] == word);
    CHECK(human_line(made, one).find(word) != std::string::npos);
    CHECK(human_line(made, one).find('\x1b') == std::string::npos);
    made.color = true;
    CHECK((human_line(made, one).find('\x1b') != std::string::npos) == (level != Level::info));
    CHECK(json_line(made, one).find('\x1b') == std::string::npos);
  }
}

TEST_CASE("a line cannot be forged from inside a text") {
  const std::string forged = "x\n{\"level\":\"error\"}\r\x1b[2K\xc2\x85\xe2\x80\xa8";
  for (const std::string& text : {json_line(settings(), line(forged, {{"key", forged}})),
                                  human_line(settings(), line(forged, {{"key", forged}}))})
    CHECK(one_clean_line(text));
}

TEST_CASE("texts are cut at 2,000 characters and say so") {
  const std::string long_text(5000, 'x');
  const json made = json::parse(json_line(settings(), line(long_text, {{"key", long_text}})));
  CHECK(made["msg"] == std::string(2000, 'x') + "…");
  CHECK(made["key"] == std::string(2000, 'x') + "…");
  CHECK(human_line(settings(), line(long_text, {{"key", long_text}})).size() < 4200);
}

TEST_CASE("any bytes make one line, and as JSON a valid one with the same members") {
  std::mt19937 random(20260501);  // NOLINT: the same bytes each time
  for (int i = 0; i < 2000; ++i) {
    const LogLine made = line(random_bytes(random, random() % 60),
                              {{"key", random_bytes(random, random() % 60)}, {"n", std::int64_t{i}}});
    const std::string text = json_line(settings(), made);
    CAPTURE(i, text);
    REQUIRE(one_clean_line(text));
    const json parsed = json::parse(text, nullptr, false);
    REQUIRE(parsed.is_object());
    REQUIRE(parsed.size() == 8);
    REQUIRE(parsed["n"] == i);
    REQUIRE(one_clean_line(human_line(settings(), made)));
  }
}

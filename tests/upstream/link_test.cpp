// SPDX-License-Identifier: Apache-2.0
// Link headers as RFC 8288 has them, as careless senders write them, and as an attacker would.
#include "upstream/link.hpp"

#include <catch2/catch_test_macros.hpp>
#include <random>

using namespace prewarm::upstream;

namespace {

// "target|relations|anchor" of each link; "?" if the text cannot be read.
std::string read(std::string_view text) {
  const auto links = parse_links(text);
  if (!links) return "?";
  std::string all;
  for (const Link& link : *links)
    all += (all.empty() ? "" : " ") + std::string(link.target) + "|" + link.relations +
           (link.anchor ? "|" + *link.anchor : "");
  return all;
}

}  // namespace

TEST_CASE("the examples of RFC 8288 are read") {
  CHECK(read(R"(<http://example.com/TheBook/chapter2>; rel="previous"; title="previous chapter")") ==
        "http://example.com/TheBook/chapter2|previous");
  CHECK(read(R"(</>; rel="http://example.net/foo")") == "/|http://example.net/foo");
  CHECK(read(R"(</terms>; rel="copyright"; anchor="#foo")") == "/terms|copyright|#foo");
  CHECK(read(R"(</TheBook/chapter2>;
         rel="previous"; title*=UTF-8'de'letztes%20Kapitel)") == "?");  // line ends do not reach it
  CHECK(read("</TheBook/chapter2>; rel=\"previous\"; title*=UTF-8'de'letztes%20Kapitel, "
             "</TheBook/chapter4>; rel=\"next\"; title*=UTF-8'de'n%c3%a4chstes%20Kapitel") ==
        "/TheBook/chapter2|previous /TheBook/chapter4|next");
  CHECK(read(R"(<http://example.org/>; rel="start http://example.net/relation/other")") ==
        "http://example.org/|start http://example.net/relation/other");
  CHECK(read(R"(<https://example.org/>; rel="start", <https://example.org/index>; rel="index")") ==
        "https://example.org/|start https://example.org/index|index");
}

TEST_CASE("a relation is one of several words, in any case") {
  const auto is_next = [](std::string_view text) { return parse_links(text)->front().is("next"); };
  CHECK(is_next("<a>; rel=next"));
  CHECK(is_next("<a>; rel=\"next\""));
  CHECK(is_next("<a>; REL=NEXT"));
  CHECK(is_next("<a>; rel=\"last  Next\""));
  CHECK(is_next("<a>; rel=\"\tnext first\""));
  CHECK(is_next("<a>; rel=\"n\\ext\""));
  CHECK_FALSE(is_next("<a>; rel=\"nextish\""));
  CHECK_FALSE(is_next("<a>; rel=\"http://example.net/next\""));
  CHECK_FALSE(is_next("<a>; rel"));
  CHECK_FALSE(is_next("<a>; rel=\"\""));
  CHECK_FALSE(is_next("<a>"));
  CHECK_FALSE(is_next("<a>; rev=next"));
  CHECK_FALSE(is_next("<a>; rel*=next"));
  CHECK_FALSE(is_next("<a>; rel=prev; rel=next"));  // the first counts
  CHECK_FALSE(is_next("<a>; rel; rel=next"));
  CHECK_FALSE(is_next("<a>; title=\"; rel=next\""));
  CHECK_FALSE(is_next("<;rel=next>; rel=prev"));
}

TEST_CASE("commas, semicolons and quotes inside of quotes and targets end nothing") {
  CHECK(read(R"(<a?x=1,2;y>; title="one, two; \"three\", <x>; rel=next"; rel=prev, <b>; rel=next)") ==
        "a?x=1,2;y|prev b|next");
  CHECK(read(R"(<a>; rel="next"; title="\\", <b>)") == "a|next b|");
}

TEST_CASE("blanks, empty elements, empty parameters and values without quotes are read") {
  CHECK(read("").empty());
  CHECK(read(" , \t,, ").empty());
  CHECK(read(", <a>;rel=next ,,<b> ; rel = \"prev\"\t, ") == "a|next b|prev");
  CHECK(read("<a>;; ;rel=next;") == "a|next");
  CHECK(read("<a>; type=text/html; rel=next; hreflang=de; crossorigin") == "a|next");
  CHECK(read("<a>; rel=http://example.net/x") == "a|http://example.net/x");
  CHECK(read("<a>; title=Gr\xc3\xb6\xc3\x9f"
             "e; rel=next") == "a|next");
  CHECK(read("<>; rel=next") == "|next");
}

TEST_CASE("a text that could be understood in two ways is not read") {
  for (const char* text : {"a; rel=next",
                           "<a; rel=next",
                           "<a> rel=next",
                           "<a>; rel=next <b>; rel=prev",
                           "<a>; rel=\"next",
                           "<a>; title=\"x\\",
                           "<a>; rel=\"next\"x",
                           "<a>; rel=\"ne\"xt\"",
                           "<a>; rel=ne xt",
                           "<a>; rel=next\"",
                           "<a>; =next",
                           "<a>; rel = = next",
                           "<a>; r(el=next",
                           "<a>; title=<b>; rel=next",
                           "<a>, b",
                           "<a>> ; rel=next",
                           "x<a>; rel=next",
                           "<a>; title=\"\x01\"; rel=next",
                           "<a>; title=\x7f; rel=next",
                           "<",
                           "<>>",
                           "\"",
                           ";",
                           "<a>; rel=next\n",
                           "<a>; rel=\\next"}) {
    INFO(text);
    CHECK(read(text) == "?");
  }
}

TEST_CASE("no text makes the reader find what is not there, or read for ever") {
  constexpr std::string_view kPieces[] = {"<",   ">",    ";",      ",", "\"", "\\",   "=", " ",
                                          "rel", "next", "anchor", "a", "\t", "\xff", "*", "\x01"};
  std::mt19937 random(20260501);
  const auto below = [&](std::size_t most) {
    return std::uniform_int_distribution<std::size_t>(0, most - 1)(random);
  };
  std::size_t read_well = 0;
  for (int round = 0; round < 200'000; ++round) {
    std::string text = round % 2 == 0 ? "<a>; rel=\"next\"" : "";
    for (std::size_t i = below(12); i-- > 0;)
      text.insert(below(text.size() + 1), kPieces[below(std::size(kPieces))]);
    const auto links = parse_links(text);
    if (!links) continue;
    ++read_well;
    for (const Link& link : *links) {
      const auto at = static_cast<std::size_t>(link.target.data() - text.data());
      const bool framed = at > 0 && text[at - 1] == '<' && text[at + link.target.size()] == '>';
      if (!framed || link.target.find('>') != std::string_view::npos) FAIL_CHECK(text);
    }
  }
  CHECK(read_well > 1000);
  std::string many;
  while (many.size() < (16U << 10)) many += "<a>;";
  CHECK(read(many) == "?");
  CHECK(parse_links(std::string(16U << 10, ';').insert(0, "<a>")).has_value());
}

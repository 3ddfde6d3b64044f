// SPDX-License-Identifier: Apache-2.0
// Pages of ids whose parts do not go together: each is refused with its code, at its place, with the cure.
#include <catch2/catch_test_macros.hpp>

#include "checked.hpp"

using namespace prewarm;
using namespace prewarm::schedule;
using namespace prewarm::schedule::test;

namespace {

// The source of the ids on the second line.
std::string ids(const std::string& source) {
  return "{\"schedule\": \"@hourly\", \"store\": {\"version\": 1}, \"fanout\": {\n\"ids\": " + source +
         "},\n\"fetch\": {\"url\": \"https://a.example/{id}\"}}";
}

}  // namespace

TEST_CASE("the parts of pages belong to what names the next page") {
  World world;
  world.variables["QUERY"] = "page%5Bafter%5D=x";
  world.files["ids.txt"] = "a\n";
  const auto pages = [](const std::string& members, const std::string& query = "") {
    return ids("{\"url\": \"https://a.example/" + query + "\", \"pages\": {\n" + members + "}}");
  };
  const std::string other = ", or another \"by\"";
  check_all(
      {
          {pages("\"by\": \"link\""), ""},
          {pages(R"("by": "cursor", "param": "c", "pointer": "/next")"), ""},
          {pages(R"("by": "offset", "param": "o", "step": 1)"), ""},
          {pages(R"("by": "offset", "param": "o", "step": 1)", "?offset=5&ob=1"), ""},
          {pages(""), "2:47 PW105 /fanout/ids/pages/by | add \"by\": \"link\""},
          {pages("\"param\": \"c\""), "2:47 PW105 /fanout/ids/pages/by | add \"by\": \"link\""},
          {pages("\"by\": \"page\""), "3:7 PW106 /fanout/ids/pages/by | \"link\""},
          {pages("\"by\": \"link\", \"size\": 5"),
           "3:15 PW104 /fanout/ids/pages/size | take it out; here may stand by, param, pointer and step"},
          {pages(R"("by": "link", "param": "c", "pointer": "/next", "step": 5)"),
           "3:24 PW114 /fanout/ids/pages/param | take it out" + other + "\n" +
               "3:40 PW114 /fanout/ids/pages/pointer | take it out" + other + "\n" +
               "3:57 PW114 /fanout/ids/pages/step | take it out" + other},
          {pages(R"("by": "cursor", "step": 5)"),
           "3:7 PW114 /fanout/ids/pages/by | add \"param\": \"cursor\"\n"
           "3:7 PW114 /fanout/ids/pages/by | add \"pointer\": \"/next\"\n"
           "3:25 PW114 /fanout/ids/pages/step | take it out" +
               other},
          {pages(R"("by": "offset", "pointer": "/next")"),
           "3:7 PW114 /fanout/ids/pages/by | add \"param\": \"offset\"\n"
           "3:7 PW114 /fanout/ids/pages/by | add \"step\": 100, the page size that \"url\" asks for\n"
           "3:28 PW114 /fanout/ids/pages/pointer | take it out" +
               other},
          {pages(R"("by": "offset", "param": "o", "step": 5)", "?a=1&o=0"),
           "3:26 PW114 /fanout/ids/pages/param | take it out of \"url\""},
          {pages(R"("by": "cursor", "param": "page[after]", "pointer": "/n")", "?${QUERY}"),
           "3:26 PW114 /fanout/ids/pages/param | take it out of \"url\""},
          {pages(R"("by": "cursor", "param": "", "pointer": "/n")"),
           "3:26 PW106 /fanout/ids/pages/param | at least 1 character"},
          {pages(R"("by": "cursor", "param": "c", "pointer": "n")"),
           "3:42 PW401 /fanout/ids/pages/pointer | \"/n\""},
          {pages(R"("by": "offset", "param": "o", "step": 0)"),
           "3:39 PW106 /fanout/ids/pages/step | at least 1"},
          {pages(R"("by": "offset", "param": "${QUERY}", "step": 1)"),
           "3:26 PW302 /fanout/ids/pages/param | write the value itself; ${NAME} is for fetch.url, "
           "fetch.query, "
           "fetch.headers, fetch.body, heartbeat, and url and headers of fanout.ids"},
          {ids("{\"url\": \"https://a.example/\", \"pages\": \"link\"}"),
           "2:47 PW103 /fanout/ids/pages | { ... } with by, param, pointer or step"},
          {ids("{\"file\": \"ids.txt\",\n\"pages\": {\"by\": \"link\"}}"),
           "3:10 PW114 /fanout/ids/pages | \"url\": \"https://api.example.net/ids\", or take it out"},
      },
      world);
}

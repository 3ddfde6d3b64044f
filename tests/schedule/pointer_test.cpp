// SPDX-License-Identifier: Apache-2.0
#include "prewarm/schedule/pointer.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace prewarm::schedule;
using Tokens = std::vector<std::string>;

TEST_CASE("a pointer is split into unescaped tokens") {
  CHECK(Pointer::parse("").value().whole());
  CHECK(Pointer::parse("/a/b").value().tokens() == Tokens{"a", "b"});
  CHECK(Pointer::parse("/").value().tokens() == Tokens{""});
  CHECK(Pointer::parse("/a//").value().tokens() == Tokens{"a", "", ""});
  CHECK(Pointer::parse("/a~1b/m~0n/~01").value().tokens() == Tokens{"a/b", "m~n", "~1"});
  CHECK(Pointer::parse("/recenttracks/@attr/user").value().text() == "/recenttracks/@attr/user");
}

TEST_CASE("what is no pointer is refused with the pointer that was probably meant") {
  const auto remedy = [](std::string_view text) { return Pointer::parse(text).error().remedy; };
  CHECK(remedy("listens") == "\"/listens\"");
  CHECK(remedy("payload.listens") == "\"/payload/listens\"");
  CHECK(remedy("$.listens[0].title") == "\"/listens/0/title\"");
  CHECK(remedy("$") == "\"/\"");
  CHECK(remedy("/a~b") == "\"/a~0b\"");
  CHECK(remedy("/a~") == "\"/a~0\"");
  CHECK(Pointer::parse("listens").error().message == "\"listens\" is not a JSON Pointer");
}

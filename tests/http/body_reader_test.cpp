// SPDX-License-Identifier: Apache-2.0
#include "http/body_reader.hpp"

#include <catch2/catch_test_macros.hpp>

#include "prewarm/base/json.hpp"
#include "support/gzip.hpp"

using namespace prewarm;
using namespace prewarm::http;
using Fault = BodyReader::Fault;

namespace {
// Feeds in pieces of `step` bytes, then ends.
BodyReader read(Coding coding, std::string_view wire, std::size_t step, std::uint64_t max = 1U << 20) {
  BodyReader body({max});
  bool good = body.begin(coding, std::nullopt);
  for (std::size_t at = 0; good && at < wire.size(); at += step) good = body.feed(wire.substr(at, step));
  if (good) body.end();
  return body;
}
const std::string kText = R"({"tracks":[1,2,3,4,5,6,7,8,9,10],"of":"somebody"})";
}  // namespace

TEST_CASE("a body arrives whole in pieces of any size, plain and gzip, with room behind its end") {
  const std::string packed = testkit::gzip(kText);
  for (std::size_t step = 1; step <= 64; ++step) {
    auto plain = read(Coding::identity, kText, step);
    CHECK(plain.take() == kText);
    CHECK_FALSE(plain.coded());
    auto coded = read(Coding::gzip, packed, step);
    CHECK(coded.fault() == Fault::none);
    CHECK(coded.coded());
    const std::string text = coded.take();
    CHECK(text == kText);
    CHECK(text.capacity() >= text.size() + kJsonPadding);
  }
}

TEST_CASE("a gzip body cut at any byte, or with any byte changed behind its head, is broken") {
  const std::string packed = testkit::gzip(kText);
  for (std::size_t size = 1; size < packed.size(); ++size) {
    INFO(size);
    CHECK(read(Coding::gzip, packed.substr(0, size), 7).fault() == Fault::broken_coding);
  }
  for (std::size_t at = 10; at < packed.size(); ++at) {
    std::string changed = packed;
    changed[at] = static_cast<char>(changed[at] ^ 0x40);
    INFO(at);
    auto body = read(Coding::gzip, changed, 7);
    const bool harmless = body.fault() == Fault::none && body.take() == kText;  // bits that mean nothing
    CHECK((harmless || body.fault() == Fault::broken_coding));
  }
}

TEST_CASE("several gzip members are one body, anything else behind the first is broken") {
  const std::string twice = testkit::gzip("[1,") + testkit::gzip("2]");
  for (const std::size_t step : {1U, 5U, 1000U}) CHECK(read(Coding::gzip, twice, step).take() == "[1,2]");
  CHECK(read(Coding::gzip, testkit::gzip("[1]") + "x", 1000).fault() == Fault::broken_coding);
  CHECK(read(Coding::gzip, testkit::gzip("[1]") + std::string(4, '\0'), 1000).fault() ==
        Fault::broken_coding);
}

TEST_CASE("a body that is not gzip although it says so is broken") {
  CHECK(read(Coding::gzip, kText, 1000).fault() == Fault::broken_coding);
}

TEST_CASE("a body may have exactly its limit and not a byte more, counted after decoding") {
  const std::string exact(5000, ' ');
  const std::string more(5001, ' ');
  for (const std::size_t step : {1U, 999U, 100000U}) {
    CHECK(read(Coding::identity, exact, step, 5000).fault() == Fault::none);
    CHECK(read(Coding::identity, more, step, 5000).fault() == Fault::too_large);
    CHECK(read(Coding::gzip, testkit::gzip(exact), step, 5000).fault() == Fault::none);
    CHECK(read(Coding::gzip, testkit::gzip(more), step, 5000).fault() == Fault::too_large);
  }
}

TEST_CASE("a bomb stops at the limit, however small it came") {
  auto bomb = read(Coding::gzip, testkit::gzip_bomb(64U << 20), 16384, 1U << 20);
  CHECK(bomb.fault() == Fault::too_large);
  CHECK(bomb.take().capacity() < 2U << 20);
}

TEST_CASE("coded bytes that never become anything stop too") {
  const std::string empty = testkit::gzip("");
  std::string endless;
  while (endless.size() < 200'000) endless += empty;
  CHECK(read(Coding::gzip, endless, 1000, 5000).fault() == Fault::too_large);
}

TEST_CASE("a declared length beyond the limit is refused before a byte is read, and a lie reserves no more") {
  BodyReader body({1000});
  CHECK_FALSE(body.begin(Coding::identity, 1001));
  CHECK(body.fault() == Fault::too_large);
  BodyReader coded({1000});
  CHECK(coded.begin(Coding::gzip, 1ULL << 60));
  CHECK(coded.take().capacity() <= 1000 + kJsonPadding);
}

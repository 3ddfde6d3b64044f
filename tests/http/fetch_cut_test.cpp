// SPDX-License-Identifier: Apache-2.0
// A small answer cut at every byte: nothing of it may pass for the whole (I5, PROMISES 11.C11, C16, C24).
#include <catch2/catch_test_macros.hpp>

#include "http/client.hpp"
#include "support/upstream.hpp"

using namespace prewarm;
using namespace prewarm::http;
using http::test::Client;
using http::test::error_of;
using testkit::Answer;
using testkit::Ending;
using testkit::Framing;
using testkit::Upstream;

namespace {

const std::string kText = R"({"tracks":[1,2,3]})";

// Cuts head and body at each byte, until the cut is behind the end and the answer is whole. `pass` says what
// a cut body may be taken for.
template <class Pass>
void cut_everywhere(const Answer& answer, Ending ending, Pass pass) {
  Upstream upstream;
  Client client;
  for (std::size_t at = 0; at < 1000; ++at) {
    upstream.on("/x", answer.cut_head(at, ending));
    const auto result = client.get(upstream.url("/x"));
    INFO("head cut at " << at);
    if (result.ok()) {
      CHECK(result->body.empty());  // cut exactly at its end, with no word of a length
      break;
    }
    CHECK(result.error().kind == ErrorKind::broken);
    CHECK(result.error().retryable);
  }
  bool whole = false;
  for (std::size_t at = 0; at < 1000 && !whole; ++at) {
    upstream.on("/x", answer.cut_body(at, ending));
    const auto result = client.get(upstream.url("/x"));
    INFO("body cut at " << at);
    whole = result.ok() && result->body == kText;
    if (!whole) pass(result);
  }
  CHECK(whole);
}

void must_fail(const Result<Response>& result) {
  CHECK(error_of(result).kind == ErrorKind::broken);
  CHECK(error_of(result).retryable);
}

}  // namespace

TEST_CASE("an answer with a length fails when cut at any byte") {
  cut_everywhere(Answer::json(kText), Ending::fin, must_fail);
  cut_everywhere(Answer::json(kText), Ending::reset, must_fail);
}

TEST_CASE("an answer in chunks fails when cut at any byte") {
  cut_everywhere(Answer::json(kText).chunked(7), Ending::fin, must_fail);
  cut_everywhere(Answer::json(kText).chunked(7), Ending::reset, must_fail);
}

TEST_CASE("a gzip answer fails when cut at any byte, also where only the connection's end ends it") {
  cut_everywhere(Answer::gzipped(kText), Ending::fin, must_fail);
  cut_everywhere(Answer::gzipped(kText).chunked(7), Ending::fin, must_fail);
  cut_everywhere(Answer::gzipped(kText).frame(Framing::until_close), Ending::fin, [](const auto& result) {
    if (result.ok())
      CHECK(result->body.empty());  // not a byte of it came
    else
      must_fail(result);
  });
}

TEST_CASE("an answer that ends with the connection is marked as such when cut, and fails when reset") {
  const auto answer = Answer::json(kText).frame(Framing::until_close);
  cut_everywhere(answer, Ending::fin, [](const auto& result) {
    REQUIRE(result.ok());
    CHECK_FALSE(result->length_known);
  });
  Upstream upstream;
  Client client;
  upstream.on("/x", answer.end_with(Ending::reset));
  must_fail(client.get(upstream.url("/x")));
}

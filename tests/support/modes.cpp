// SPDX-License-Identifier: Apache-2.0
#include "support/modes.hpp"

#include "support/gzip.hpp"

namespace prewarm::testkit {
namespace {

using Answers = std::vector<Answer>;
using Body = std::string;
using std::chrono::milliseconds;

constexpr std::size_t kBomb = 256U << 20;

std::size_t half(const Body& body) { return body.size() / 2; }

Answers status(int code) { return {Answer::of(code, "status " + std::to_string(code))}; }

std::vector<Mode> answers_of_every_status() {
  return {
      {"ok", "200 with the body", [](const Body& b) -> Answers { return {Answer::json(b)}; }},
      {"empty", "200 and nothing", [](const Body&) -> Answers { return {Answer::json("")}; }},
      {"204", "204 No Content", [](const Body&) { return status(204); }},
      {"206", "206 with half the body",
       [](const Body& b) -> Answers { return {Answer::of(206, b.substr(0, half(b)))}; }},
      {"301", "redirect to http://127.0.0.1:9/",
       [](const Body&) -> Answers { return {Answer::redirect("http://127.0.0.1:9/", 301)}; }},
      {"redirect-loop", "redirect to itself", [](const Body&) -> Answers { return {Answer::redirect("")}; }},
      {"redirect-file", "redirect to file:///etc/passwd",
       [](const Body&) -> Answers { return {Answer::redirect("file:///etc/passwd")}; }},
      {"redirect-inner", "redirect to the metadata address",
       [](const Body&) -> Answers { return {Answer::redirect("http://169.254.169.254/")}; }},
      {"304", "304 although nobody asked", [](const Body&) { return status(304); }},
      {"400", "400", [](const Body&) { return status(400); }},
      {"401", "401", [](const Body&) { return status(401); }},
      {"403", "403", [](const Body&) { return status(403); }},
      {"404", "404", [](const Body&) { return status(404); }},
      {"429", "429, Retry-After: 1",
       [](const Body&) -> Answers { return {Answer::of(429).header("Retry-After", "1")}; }},
      {"429-late", "429, Retry-After in ten years",
       [](const Body&) -> Answers { return {Answer::of(429).header("Retry-After", "315360000")}; }},
      {"429-text", "429, Retry-After: soon",
       [](const Body&) -> Answers { return {Answer::of(429).header("Retry-After", "soon")}; }},
      {"500", "500", [](const Body&) { return status(500); }},
      {"503", "503", [](const Body&) { return status(503); }},
      {"503-503-ok", "503 twice, then the body",
       [](const Body& b) -> Answers {
         return {Answer::of(503), Answer::of(503), Answer::json(b)};
       }},
      {"html", "200 with the body as text/html",
       [](const Body& b) -> Answers { return {Answer::json(b).content_type("text/html")}; }},
  };
}

std::vector<Mode> broken_bodies() {
  return {
      {"cut-head", "FIN in the head",
       [](const Body& b) -> Answers { return {Answer::json(b).cut_head(20)}; }},
      {"cut-body", "FIN in the body",
       [](const Body& b) -> Answers { return {Answer::json(b).cut_body(half(b))}; }},
      {"reset", "RST in the body",
       [](const Body& b) -> Answers { return {Answer::json(b).cut_body(half(b), Ending::reset)}; }},
      {"reset-at-once", "RST before the first byte",
       [](const Body& b) -> Answers { return {Answer::json(b).cut_head(0, Ending::reset)}; }},
      {"long-length", "Content-Length larger than the body",
       [](const Body& b) -> Answers { return {Answer::json(b).claim_length(b.size() + 100)}; }},
      {"short-length", "Content-Length smaller than the body",
       [](const Body& b) -> Answers { return {Answer::json(b).claim_length(half(b))}; }},
      {"no-length", "the end of the connection ends the body",
       [](const Body& b) -> Answers { return {Answer::json(b).frame(Framing::until_close)}; }},
      {"cut-no-length", "half the body, ended by the connection's end",
       [](const Body& b) -> Answers {
         return {Answer::json(b.substr(0, half(b))).frame(Framing::until_close)};
       }},
      {"two-lengths", "the right Content-Length, then half of it",
       [](const Body& b) -> Answers {
         return {Answer::json(b).header("Content-Length", std::to_string(b.size())).claim_length(half(b))};
       }},
      {"length-and-chunks", "Content-Length and chunked",
       [](const Body& b) -> Answers { return {Answer::json(b).chunked().claim_length(half(b))}; }},
      {"chunked", "chunks, as it should be",
       [](const Body& b) -> Answers { return {Answer::json(b).chunked(1000)}; }},
      {"cut-chunk", "FIN in a chunk",
       [](const Body& b) -> Answers { return {Answer::json(b).chunked(1000).cut_body(half(b))}; }},
      {"no-last-chunk", "all chunks but the last",
       [](const Body& b) -> Answers { return {Answer::json(b).without_last_chunk()}; }},
      {"chunk-garbage", "a chunk size that is no number",
       [](const Body& b) -> Answers { return {Answer::json(b).chunk_size("zebra")}; }},
      {"chunk-huge", "chunk size ffffffffffffffff",
       [](const Body& b) -> Answers { return {Answer::json(b).chunk_size("ffffffffffffffff")}; }},
      {"gzip", "gzip, as it should be", [](const Body& b) -> Answers { return {Answer::gzipped(b)}; }},
      {"gzip-bomb", "gzip of 256 MiB of zeros",
       [](const Body&) -> Answers { return {Answer::labelled_gzip(gzip_bomb(kBomb))}; }},
      {"gzip-cut", "half of the gzip, its length right",
       [](const Body& b) -> Answers {
         const std::string packed = gzip(b);
         return {Answer::labelled_gzip(packed.substr(0, half(packed)))};
       }},
      {"gzip-lie", "labelled gzip, but plain",
       [](const Body& b) -> Answers { return {Answer::labelled_gzip(b)}; }},
      {"trailing", "garbage after the body",
       [](const Body& b) -> Answers { return {Answer::json(b + "garbage")}; }},
      {"bad-utf8", "invalid UTF-8 in a string",
       [](const Body&) -> Answers { return {Answer::json("[\"\xc3\x28\"]")}; }},
      {"utf16", "the body in UTF-16",
       [](const Body& b) -> Answers {
         std::string wide = "\xff\xfe";
         for (const char c : b) wide.append({c, '\0'});
         return {Answer::json(wide)};
       }},
  };
}

std::vector<Mode> slow_endless_and_odd() {
  return {
      {"stall", "silence before the first byte",
       [](const Body& b) -> Answers { return {Answer::json(b).cut_head(0, Ending::stall)}; }},
      {"stall-head", "silence in the head",
       [](const Body& b) -> Answers { return {Answer::json(b).cut_head(20, Ending::stall)}; }},
      {"stall-body", "silence in the body",
       [](const Body& b) -> Answers { return {Answer::json(b).cut_body(half(b), Ending::stall)}; }},
      {"trickle", "a byte every 50 ms",
       [](const Body& b) -> Answers { return {Answer::json(b).trickle_body(milliseconds(50))}; }},
      {"drip", "a byte every 9 s",
       [](const Body& b) -> Answers { return {Answer::json(b).trickle_body(milliseconds(9000))}; }},
      {"late", "the body after 2 s",
       [](const Body& b) -> Answers { return {Answer::json(b).delay(milliseconds(2000))}; }},
      {"continue-silence", "100 Continue, then silence",
       [](const Body&) -> Answers { return {Answer::raw("HTTP/1.1 100 Continue\r\n\r\n", Ending::stall)}; }},
      {"continue", "100 Continue, then the body",
       [](const Body& b) -> Answers { return {Answer::json(b).after_continue()}; }},
      {"endless-body", "a body without end", [](const Body&) -> Answers { return {Answer::endless_body()}; }},
      {"endless-chunks", "chunks without end",
       [](const Body&) -> Answers { return {Answer::endless_body("[0],", Framing::chunked)}; }},
      {"endless-headers", "headers without end",
       [](const Body&) -> Answers { return {Answer::endless_headers()}; }},
      {"many-headers", "10,000 headers",
       [](const Body& b) -> Answers { return {Answer::json(b).many_headers(10'000)}; }},
      {"long-header", "a header line of 70 KiB",
       [](const Body& b) -> Answers {
         return {Answer::json(b).header("X-Long", std::string(70U << 10, 'x'))};
       }},
      {"folded-header", "a header over two lines",
       [](const Body& b) -> Answers { return {Answer::json(b).header("X-Folded", "one\r\n two")}; }},
      {"nul-header", "a NUL in a header",
       [](const Body& b) -> Answers { return {Answer::json(b).header("X-Nul", std::string("a\0b", 3))}; }},
      {"bare-lf", "lines of the head end in LF alone",
       [](const Body& b) -> Answers { return {Answer::json(b).bare_line_feeds()}; }},
      {"http-0.9", "the body without a head", [](const Body& b) -> Answers { return {Answer::raw(b)}; }},
      {"unannounced-end", "no length, and with TLS no close_notify",
       [](const Body& b) -> Answers {
         return {Answer::json(b).frame(Framing::until_close).end_with(Ending::fin_unannounced)};
       }},
  };
}

}  // namespace

const std::vector<Mode>& modes() {
  static const std::vector<Mode> all = [] {
    std::vector<Mode> collected;
    for (const auto& group : {answers_of_every_status(), broken_bodies(), slow_endless_and_odd()})
      collected.insert(collected.end(), group.begin(), group.end());
    return collected;
  }();
  return all;
}

const Mode* find_mode(std::string_view name) {
  for (const Mode& mode : modes())
    if (mode.name == name) return &mode;
  return nullptr;
}

}  // namespace prewarm::testkit

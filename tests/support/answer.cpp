// SPDX-License-Identifier: Apache-2.0
#include "support/answer.hpp"

#include <array>
#include <utility>

#include "support/gzip.hpp"

namespace prewarm::testkit {
namespace {

struct Phrase {
  int status;
  const char* text;
};
constexpr std::array kPhrases{Phrase{200, "OK"},
                              Phrase{201, "Created"},
                              Phrase{204, "No Content"},
                              Phrase{206, "Partial Content"},
                              Phrase{301, "Moved Permanently"},
                              Phrase{302, "Found"},
                              Phrase{304, "Not Modified"},
                              Phrase{400, "Bad Request"},
                              Phrase{401, "Unauthorized"},
                              Phrase{403, "Forbidden"},
                              Phrase{404, "Not Found"},
                              Phrase{408, "Request Timeout"},
                              Phrase{429, "Too Many Requests"},
                              Phrase{500, "Internal Server Error"},
                              Phrase{502, "Bad Gateway"},
                              Phrase{503, "Service Unavailable"},
                              Phrase{504, "Gateway Timeout"}};

std::string status_line_of(int status) {
  for (const Phrase& phrase : kPhrases)
    if (phrase.status == status) return "HTTP/1.1 " + std::to_string(status) + " " + phrase.text;
  return "HTTP/1.1 " + std::to_string(status) + " Status";
}

bool has_no_body(int status) { return status < 200 || status == 204 || status == 304; }

/// One change to a copy.
template <class Change>
Answer changed(const Answer& answer, Change change) {
  Answer copy = answer;
  change(copy);
  return copy;
}

}  // namespace

Answer Answer::json(std::string body) { return of(200, std::move(body), "application/json"); }

Answer Answer::of(int status, std::string body, const std::string& type) {
  Answer answer;
  answer.status_line = status_line_of(status);
  if (has_no_body(status)) {
    answer.framing = Framing::none;
    return answer;
  }
  answer.body = std::move(body);
  if (!type.empty()) answer.headers.emplace_back("Content-Type", type);
  return answer;
}

Answer Answer::redirect(const std::string& location, int status) {
  return of(status, "moved").header("Location", location);
}

Answer Answer::gzipped(const std::string& plain) { return labelled_gzip(gzip(plain)); }

Answer Answer::labelled_gzip(std::string bytes) {
  return json(std::move(bytes)).header("Content-Encoding", "gzip");
}

Answer Answer::raw(std::string bytes, Ending ending) {
  Answer answer;
  answer.status_line.clear();
  answer.framing = Framing::until_close;
  answer.body = std::move(bytes);
  answer.ending = ending;
  return answer;
}

Answer Answer::endless_body(std::string unit, Framing framing) {
  Answer answer = json("").frame(framing);
  if (framing == Framing::length) answer = answer.claim_length(std::uint64_t{1} << 62);
  answer.endless = Endless{Part::body, std::move(unit)};
  return answer;
}

Answer Answer::endless_headers() {
  Answer answer = json("{}");
  answer.endless = Endless{Part::head, "X-More: there is always one more\r\n"};
  return answer;
}

Answer Answer::header(std::string name, std::string value) const {
  return changed(*this, [&](Answer& a) { a.headers.emplace_back(std::move(name), std::move(value)); });
}
Answer Answer::status(std::string line) const {
  return changed(*this, [&](Answer& a) { a.status_line = std::move(line); });
}
Answer Answer::content_type(const std::string& type) const {
  return changed(*this, [&](Answer& a) {
    for (auto& [name, value] : a.headers)
      if (name == "Content-Type") value = type;
  });
}
Answer Answer::frame(Framing as) const {
  return changed(*this, [&](Answer& a) { a.framing = as; });
}
Answer Answer::chunked(std::size_t bytes) const {
  return changed(*this, [&](Answer& a) {
    a.framing = Framing::chunked;
    a.chunk_bytes = bytes;
  });
}
Answer Answer::without_last_chunk() const {
  return changed(*this, [](Answer& a) {
    a.framing = Framing::chunked;
    a.last_chunk.clear();
    a.ending = Ending::fin;
  });
}
Answer Answer::chunk_size(std::string text) const {
  return changed(*this, [&](Answer& a) {
    a.framing = Framing::chunked;
    a.chunk_size_text = std::move(text);
    a.ending = Ending::fin;
  });
}
Answer Answer::claim_length(std::uint64_t bytes) const {
  return changed(*this, [&](Answer& a) {
    a.claimed_length = std::to_string(bytes);
    if (bytes > a.body.size())
      a.ending = Ending::fin;  // else the client would wait, which is what stall is for
  });
}
Answer Answer::many_headers(std::size_t count) const {
  return changed(*this, [&](Answer& a) {
    for (std::size_t i = 0; i < count; ++i) a.headers.emplace_back("X-Header-" + std::to_string(i), "1");
  });
}
Answer Answer::bare_line_feeds() const {
  return changed(*this, [](Answer& a) { a.newline = "\n"; });
}
Answer Answer::after_continue() const {
  return changed(*this, [](Answer& a) { a.before = "HTTP/1.1 100 Continue\r\n\r\n"; });
}
Answer Answer::cut_head(std::size_t at, Ending how) const {
  return changed(*this, [&](Answer& a) { a.stop = Cut{Part::head, at, how}; });
}
Answer Answer::cut_body(std::size_t at, Ending how) const {
  return changed(*this, [&](Answer& a) { a.stop = Cut{Part::body, at, how}; });
}
Answer Answer::end_with(Ending how) const {
  return changed(*this, [&](Answer& a) { a.ending = how; });
}
Answer Answer::trickle_head(std::chrono::milliseconds a_byte_every) const {
  return changed(*this, [&](Answer& a) { a.slow = Trickle{Part::head, a_byte_every}; });
}
Answer Answer::trickle_body(std::chrono::milliseconds a_byte_every) const {
  return changed(*this, [&](Answer& a) { a.slow = Trickle{Part::body, a_byte_every}; });
}
Answer Answer::delay(std::chrono::milliseconds before_the_first_byte) const {
  return changed(*this, [&](Answer& a) { a.delay_before = before_the_first_byte; });
}
Answer Answer::wait_for(std::shared_ptr<Gate> opened) const {
  return changed(*this, [&](Answer& a) { a.gate = std::move(opened); });
}

}  // namespace prewarm::testkit

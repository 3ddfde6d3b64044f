// SPDX-License-Identifier: Apache-2.0
// What an upstream of the kit says to one request: an honest answer to begin with, and one change after
// another that makes it lie, stop or never end; `script.hpp` says what the connection then does. Values,
// pure; each change returns a new answer, so that a shared one can be varied: Answer::json(text).cut_body(7,
// Ending::reset).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/wire.hpp"

namespace prewarm::testkit {

/// What becomes of the connection after the last byte.
enum class Ending : std::uint8_t {
  keep,             // open for the next request, unless only its end marks the end of the body: then fin
  fin,              // closed in order; with TLS close_notify first
  fin_unannounced,  // the same without close_notify
  reset,            // RST, after everything has arrived
  stall,            // silence until the client leaves or the server stops
};

enum class Framing : std::uint8_t {
  length,       // Content-Length
  chunked,      // Transfer-Encoding: chunked
  until_close,  // neither: the end of the connection ends the body
  none,         // neither, and there is no body: 204, 304
};

enum class Part : std::uint8_t { head, body };

struct Answer {
  std::string status_line = "HTTP/1.1 200 OK";
  std::vector<std::pair<std::string, std::string>> headers{};  // as they are: values may hold line ends
  std::string body{};
  Framing framing = Framing::length;
  Ending ending = Ending::keep;
  std::string newline = "\r\n";                 // in the head
  std::string before{};                         // bytes ahead of the head, such as an interim answer
  std::optional<std::string> claimed_length{};  // instead of the true Content-Length
  std::size_t chunk_bytes = 4096;
  std::string last_chunk = "0\r\n\r\n";
  std::optional<std::string> chunk_size_text{};  // instead of the true size, in every chunk
  std::chrono::milliseconds delay_before{0};
  std::shared_ptr<Gate> gate{};  // what the answer waits for, after the delay
  struct Cut {
    Part part;
    std::size_t at;  // bytes of that part, as on the wire, that are still sent
    Ending ending;
  };
  std::optional<Cut> stop{};
  struct Trickle {
    Part part;  // where it begins; what follows is slow too
    std::chrono::milliseconds interval;
  };
  std::optional<Trickle> slow{};
  struct Endless {
    Part part;
    std::string unit;  // repeated for ever: a header line with its end, or body bytes
  };
  std::optional<Endless> endless{};

  // --- beginnings ---
  static Answer json(std::string body);
  /// A status with its usual phrase; 1xx, 204 and 304 go without body and length.
  static Answer of(int status, std::string body = {}, const std::string& type = "text/plain");
  static Answer redirect(const std::string& location, int status = 302);
  /// gzip made here, and labelled so.
  static Answer gzipped(const std::string& plain);
  /// These bytes are labelled gzip, whatever they are.
  static Answer labelled_gzip(std::string bytes);
  /// These bytes and nothing else, then `ending`. HTTP/0.9, garbage, half answers.
  static Answer raw(std::string bytes, Ending ending = Ending::fin);
  /// Head, then `unit` for ever.
  static Answer endless_body(std::string unit = "[0],", Framing framing = Framing::until_close);
  static Answer endless_headers();

  // --- changes ---
  Answer header(std::string name, std::string value) const;
  Answer status(std::string line) const;
  Answer content_type(const std::string& type) const;
  Answer frame(Framing as) const;
  Answer chunked(std::size_t bytes = 4096) const;
  Answer without_last_chunk() const;
  Answer chunk_size(std::string text) const;
  Answer claim_length(std::uint64_t bytes) const;
  Answer many_headers(std::size_t count) const;
  Answer bare_line_feeds() const;
  /// "HTTP/1.1 100 Continue" first.
  Answer after_continue() const;
  Answer cut_head(std::size_t at, Ending how = Ending::fin) const;
  Answer cut_body(std::size_t at, Ending how = Ending::fin) const;
  Answer end_with(Ending how) const;
  Answer trickle_head(std::chrono::milliseconds a_byte_every) const;
  Answer trickle_body(std::chrono::milliseconds a_byte_every) const;
  Answer delay(std::chrono::milliseconds before_the_first_byte) const;
  Answer wait_for(std::shared_ptr<Gate> opened) const;
};

}  // namespace prewarm::testkit

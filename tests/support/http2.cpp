// SPDX-License-Identifier: Apache-2.0
#include "support/http2.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace prewarm::testkit {
namespace {

constexpr std::size_t kFrameHead = 9;
constexpr std::size_t kLargestFrame = 16384;
constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

enum class Frame : std::uint8_t { data = 0, headers = 1, rst_stream = 3, settings = 4, goaway = 7 };
constexpr unsigned kEndStream = 1, kAck = 1, kEndHeaders = 4;
constexpr std::uint32_t kInternalError = 2;

std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes += static_cast<char>(value >> shift & 0xff);
  return bytes;
}

std::string frame(Frame type, unsigned flags, std::uint32_t stream, std::string_view content) {
  std::string bytes = big_endian(static_cast<std::uint32_t>(content.size())).substr(1);
  bytes += static_cast<char>(type);
  bytes += static_cast<char>(flags);
  return bytes + big_endian(stream) + std::string(content);
}

/// RFC 7541, 5.2: a string as it is, its length with a prefix of 7 bits.
std::string hpack_text(std::string_view text) {
  constexpr std::size_t kPrefix = 127;
  std::string bytes;
  if (text.size() < kPrefix) {
    bytes += static_cast<char>(text.size());
  } else {
    bytes += static_cast<char>(kPrefix);
    std::size_t rest = text.size() - kPrefix;
    for (; rest >= 128; rest /= 128) bytes += static_cast<char>(rest % 128 + 128);
    bytes += static_cast<char>(rest);
  }
  return bytes + std::string(text);
}

/// RFC 7541, 6.2.2: literals, not to be indexed.
std::string hpack_of(const Answer& answer) {
  constexpr char kStatusName = 8;  // in the static table
  std::string bytes = kStatusName + hpack_text(answer.status_line.substr(9, 3));
  for (auto [name, value] : answer.headers) {
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    bytes += '\0' + hpack_text(name) + hpack_text(value);
  }
  if (answer.claimed_length)
    bytes += '\0' + hpack_text("content-length") + hpack_text(*answer.claimed_length);
  return bytes;
}

bool take(Wire& wire, std::string& buffer, std::size_t bytes, std::string& taken) {
  while (buffer.size() < bytes)
    if (!wire.read_some(buffer)) return false;
  taken = buffer.substr(0, bytes);
  buffer.erase(0, bytes);
  return true;
}

std::uint32_t number_at(const std::string& bytes, std::size_t at, std::size_t count) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

bool send_body(Wire& wire, std::uint32_t stream, std::string_view body, bool whole) {
  do {
    const std::string_view part = body.substr(0, kLargestFrame);
    body.remove_prefix(part.size());
    const bool last = whole && body.empty();
    if (!wire.write(frame(Frame::data, last ? kEndStream : 0, stream, part))) return false;
  } while (!body.empty());
  return true;
}

bool end_badly(Wire& wire, std::uint32_t stream, Ending how) {
  switch (how) {
    case Ending::reset:
      return wire.write(frame(Frame::rst_stream, 0, stream, big_endian(kInternalError)));
    case Ending::stall:
      wire.wait_for_the_end();
      return false;
    default:
      wire.write(frame(Frame::goaway, 0, 0, big_endian(0) + big_endian(kInternalError)));
      wire.finish(how == Ending::fin_unannounced ? Wire::Notify::no : Wire::Notify::yes);
      return false;
  }
}

}  // namespace

std::string http2_greeting() {
  return frame(Frame::settings, 0, 0, {}) + frame(Frame::settings, kAck, 0, {});
}

bool read_http2_preface(Wire& wire, std::string& buffer) {
  std::string preface;
  return take(wire, buffer, kPreface.size(), preface) && preface == kPreface;
}

std::optional<std::uint32_t> read_http2_request(Wire& wire, std::string& buffer) {
  std::string head, content;
  while (take(wire, buffer, kFrameHead, head) && take(wire, buffer, number_at(head, 0, 3), content)) {
    const auto flags = static_cast<unsigned char>(head[4]);
    if (head[3] == static_cast<char>(Frame::headers) && (flags & kEndHeaders) != 0)
      return number_at(head, 5, 4);
  }
  return std::nullopt;
}

bool play_http2(Wire& wire, std::uint32_t stream, const Answer& answer) {
  if (answer.delay_before.count() > 0 && !wire.pause(answer.delay_before)) return false;
  if (answer.gate != nullptr && !wire.wait_for(*answer.gate)) return false;
  if (answer.stop && answer.stop->part == Part::head) return end_badly(wire, stream, answer.stop->ending);
  if (!wire.write(frame(Frame::headers, kEndHeaders, stream, hpack_of(answer)))) return false;
  if (!answer.stop) return send_body(wire, stream, answer.body, true);
  const std::string part = answer.body.substr(0, answer.stop->at);
  return send_body(wire, stream, part, false) && end_badly(wire, stream, answer.stop->ending);
}

}  // namespace prewarm::testkit

// SPDX-License-Identifier: Apache-2.0
// Our reader of replies and hiredis', each over the same bytes in pieces of one size; what they read, as
// text.
#pragma once

#include <hiredis/hiredis.h>

#include <memory>
#include <string>
#include <string_view>

#include "store/redis_reply.hpp"

namespace prewarm::store::testing {

inline constexpr ReplyLimit kWide{.bytes = 1 << 20, .elements = 1024};

inline void write(std::string& out, const Reply& reply) {
  switch (reply.kind) {
    case Reply::Kind::status:
      out += "+" + reply.text + "|";
      return;
    case Reply::Kind::error:
      out += "-" + reply.text + "|";
      return;
    case Reply::Kind::integer:
      out += ":" + std::to_string(reply.integer) + "|";
      return;
    case Reply::Kind::nil:
      out += "nil|";
      return;
    case Reply::Kind::text:
      out += "$" + std::to_string(reply.text.size()) + "=" + reply.text + "|";
      return;
    case Reply::Kind::array:
      out += "*" + std::to_string(reply.elements.size()) + "[";
      for (const Reply& element : reply.elements) write(out, element);
      out += "]";
      return;
  }
}

inline void write(std::string& out, const redisReply& reply) {
  const auto text = [&] { return std::string(reply.str, reply.len); };
  switch (reply.type) {
    case REDIS_REPLY_STATUS:
      out += "+" + text() + "|";
      return;
    case REDIS_REPLY_ERROR:
      out += "-" + text() + "|";
      return;
    case REDIS_REPLY_INTEGER:
      out += ":" + std::to_string(reply.integer) + "|";
      return;
    case REDIS_REPLY_NIL:
      out += "nil|";
      return;
    case REDIS_REPLY_STRING:
      out += "$" + std::to_string(reply.len) + "=" + text() + "|";
      return;
    case REDIS_REPLY_ARRAY:
      out += "*" + std::to_string(reply.elements) + "[";
      for (std::size_t i = 0; i < reply.elements; ++i) write(out, *reply.element[i]);
      out += "]";
      return;
    default:
      out += "RESP3";
      return;
  }
}

/// What a reader makes of a stream: its replies one after the other, and whether it refused what came then.
struct Reading {
  std::string replies;
  bool refused = false;
};

inline Reading read_ours(const std::string& bytes, std::size_t step) {
  Reading reading;
  ReplyReader reader;
  Reply reply;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    reader.feed(std::string_view(bytes).substr(at, step));
    for (;;) {
      const auto whole = reader.next(kWide, reply);
      if (!whole.ok()) return reading.refused = true, reading;
      if (!*whole) break;
      write(reading.replies, reply);
      reply = {};
    }
  }
  return reading;
}

inline Reading read_theirs(const std::string& bytes, std::size_t step) {
  Reading reading;
  const std::unique_ptr<redisReader, decltype(&redisReaderFree)> reader(redisReaderCreate(), redisReaderFree);
  reader->maxelements = 1 << 16;  // more is memory for nothing: ours stops at 1,024
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    const std::string_view piece = std::string_view(bytes).substr(at, step);
    if (redisReaderFeed(reader.get(), piece.data(), piece.size()) != REDIS_OK)
      return reading.refused = true, reading;
    for (;;) {
      void* raw = nullptr;
      if (redisReaderGetReply(reader.get(), &raw) != REDIS_OK) return reading.refused = true, reading;
      if (raw == nullptr) break;
      const std::unique_ptr<void, decltype(&freeReplyObject)> reply(raw, freeReplyObject);
      write(reading.replies, *static_cast<const redisReply*>(raw));
    }
  }
  return reading;
}

}  // namespace prewarm::store::testing

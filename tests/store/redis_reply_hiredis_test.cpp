// SPDX-License-Identifier: Apache-2.0
// Our reader of replies beside hiredis': the same bytes, sound and damaged, in the same pieces.
#include <hiredis/hiredis.h>
#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <random>

#include "store/redis_reply.hpp"

using namespace prewarm::store;

namespace {

constexpr ReplyLimit kWide{.bytes = 1 << 20, .elements = 1024};

void write(std::string& out, const Reply& reply) {
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

void write(std::string& out, const redisReply& reply) {
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

Reading read_ours(const std::string& bytes, std::size_t step) {
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

Reading read_theirs(const std::string& bytes, std::size_t step) {
  Reading reading;
  const std::unique_ptr<redisReader, decltype(&redisReaderFree)> reader(redisReaderCreate(), redisReaderFree);
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

class Replies {
 public:
  explicit Replies(unsigned seed) : random_(seed) {}
  std::size_t below(std::size_t bound) { return random_() % bound; }

  std::string reply(int depth = 0) {
    switch (below(depth < 3 ? 8 : 6)) {
      case 0:
        return "+" + line() + "\r\n";
      case 1:
        return "-ERR " + line() + "\r\n";
      case 2:
        return ":" + std::to_string(static_cast<std::int64_t>(random_()) * (below(2) ? 1 : -1)) + "\r\n";
      case 3:
        return below(2) ? "$-1\r\n" : "*-1\r\n";
      case 4:
      case 5: {
        std::string text(below(10) == 0 ? 20'000 : below(40), ' ');
        for (char& c : text) c = static_cast<char>(random_());
        return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
      }
      default: {
        const std::size_t count = below(5);
        std::string array = "*" + std::to_string(count) + "\r\n";
        for (std::size_t i = 0; i < count; ++i) array += reply(depth + 1);
        return array;
      }
    }
  }

  /// One to three bytes changed, put in or taken out.
  std::string damaged(std::string bytes) {
    constexpr std::string_view kTelling = "\r\n$*:+-0123456789";
    for (std::size_t i = 0, times = 1 + below(3); i < times && !bytes.empty(); ++i) {
      const std::size_t at = below(bytes.size());
      const char c = below(4) ? kTelling[below(kTelling.size())] : static_cast<char>(random_());
      switch (below(3)) {
        case 0:
          bytes[at] = c;
          break;
        case 1:
          bytes.insert(at, 1, c);
          break;
        default:
          bytes.erase(at, 1 + below(3));
          break;
      }
    }
    return bytes;
  }

 private:
  std::string line() {
    std::string text(below(20), ' ');
    for (char& c : text) c = static_cast<char>(' ' + below(95));
    return text;
  }
  std::mt19937_64 random_;
};

}  // namespace

TEST_CASE("sound replies mean the same to hiredis") {
  for (unsigned seed = 0; seed < 3000; ++seed) {
    Replies replies(seed);
    std::string bytes;
    for (std::size_t i = 0, count = 1 + replies.below(6); i < count; ++i) bytes += replies.reply();
    const std::size_t step = replies.below(2) ? bytes.size() : 1 + replies.below(64);
    const Reading ours = read_ours(bytes, step), theirs = read_theirs(bytes, step);
    CAPTURE(seed, step);
    REQUIRE(ours.replies == theirs.replies);
    REQUIRE_FALSE((ours.refused || theirs.refused));
  }
}

TEST_CASE("of damaged replies ours believes nothing that hiredis reads in another way") {
  std::size_t refused = 0, believed = 0;
  for (unsigned seed = 0; seed < 20'000; ++seed) {
    Replies replies(seed);
    std::string bytes;
    for (std::size_t i = 0, count = 1 + replies.below(4); i < count; ++i) bytes += replies.reply();
    bytes = replies.damaged(bytes);
    const std::size_t step = replies.below(2) ? bytes.size() : 1 + replies.below(64);
    const Reading ours = read_ours(bytes, step), theirs = read_theirs(bytes, step);
    CAPTURE(seed, step, bytes, ours.replies, theirs.replies, theirs.refused);
    // Ours may stop earlier (limits, RESP3, a text that does not end where it says), never read on elsewhere.
    REQUIRE(theirs.replies.starts_with(ours.replies));
    if (!ours.refused) REQUIRE(ours.replies == theirs.replies);
    ++(ours.refused ? refused : believed);
  }
  CHECK((refused > 1000 && believed > 1000));  // both happen, so both are looked at
}

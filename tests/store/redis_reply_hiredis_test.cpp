// SPDX-License-Identifier: Apache-2.0
// Our reader of replies beside hiredis': the same bytes, sound and damaged, in the same pieces.
#include <catch2/catch_test_macros.hpp>
#include <random>

#include "store/reply_readers.hpp"

using namespace prewarm::store::testing;

namespace {

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

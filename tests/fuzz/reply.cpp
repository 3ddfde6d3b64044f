// SPDX-License-Identifier: Apache-2.0
// Replies of a Redis server: how they are cut in two, and a password, a line each; behind them the bytes.
// However they are cut the replies are the same; hiredis reads the same ones and none of them in another way;
// under short limits no reply is longer than its limit, and one is called what was expected only if it is.
// Errors become words that show no password.
#include <optional>
#include <vector>

#include "fuzz/input.hpp"
#include "store/redis_error.hpp"
#include "store/reply_readers.hpp"

using namespace prewarm;
using namespace prewarm::store;
using testing::kWide;

namespace {

struct Read {
  std::vector<Reply> replies;
  bool refused = false, stopped = false;
};

Read read(std::string_view bytes, fuzz::Pieces* pieces, const ReplyLimit& limit) {
  Read made;
  ReplyReader reader;
  Reply reply;
  while (!bytes.empty()) {
    reader.feed(pieces ? pieces->take(bytes) : std::exchange(bytes, {}));
    for (;;) {
      const auto whole = reader.next(limit, reply);
      if (!whole) {
        ENSURE(whole.error().kind == ErrorKind::protocol && fuzz::is_printable(whole.error().message));
        made.refused = true;
        return made;
      }
      if (!*whole) break;
      made.replies.push_back(std::exchange(reply, {}));
      if (reader.stopped()) {
        made.stopped = true;
        return made;
      }
    }
  }
  return made;
}

std::string text_of(const std::vector<Reply>& replies) {
  std::string out;
  for (const Reply& reply : replies) testing::write(out, reply);
  return out;
}

bool holds_text(const Reply& reply) { return reply.is_text() && !reply.text.empty(); }

// Under short limits, beside what came under wide ones.
void check_limits(std::string_view bytes, const std::vector<Reply>& wide, fuzz::Pieces& pieces) {
  std::optional<envelope::Sealed> expected;
  for (const Reply& reply : wide)
    if (!expected && holds_text(reply) && reply.text.size() <= 40) expected.emplace(reply.text);
  const ReplyLimit limit{
      .bytes = 40, .cut = true, .elements = 6, .expected = expected ? &*expected : nullptr};
  const Read made = read(bytes, &pieces, limit);
  for (std::size_t i = 0; i < made.replies.size() && i < wide.size(); ++i) {
    const Reply &ours = made.replies[i], &whole = wide[i];
    ENSURE(ours.kind == whole.kind && ours.integer == whole.integer);
    ENSURE(ours.elements.size() == whole.elements.size() && ours.elements.size() <= limit.elements);
    ENSURE(ours.same == (expected && ours.is_text() && !whole.text.empty() && *expected == whole.text));
    if (ours.is_text()) {
      ENSURE(ours.text.size() <= limit.bytes);
      ENSURE(ours.whole_length.has_value() == (whole.text.size() > limit.bytes));
      if (ours.whole_length) ENSURE(*ours.whole_length == whole.text.size());
      ENSURE(ours.text == (ours.same ? "" : whole.text.substr(0, limit.bytes)));
    } else {
      std::string mine, other;
      testing::write(mine, ours);
      testing::write(other, whole);
      ENSURE(mine == other);
    }
  }
}

void check_errors(const std::vector<Reply>& replies, const std::string& password) {
  const Login login{"redis://cache.example.net:6379/0", "worker", Secret(password)};
  for (const Reply& reply : replies) {
    if (!reply.is_error()) continue;
    const std::string& words = reply.text;
    for (const Error& error : {server_error(words, Asked{"EVALSHA", "news:production:v1"}, login),
                               server_error(words, "AUTH", login), script_missing("0123", words, login)}) {
      ENSURE(fuzz::is_printable(error.message) && fuzz::is_printable(error.remedy));
      ENSURE(error.message.size() < 2000);
      // What stands in our own words is no leak.
      if (password.starts_with("s3cret")) ENSURE(error.message.find(password) == std::string::npos);
    }
    ENSURE(!(is_noscript(words) && is_wrong_type(words)));
    static_cast<void>(is_command_refused(words));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const std::int64_t cuts = input.number();
  const std::string password(input.line());
  const std::string bytes(input.rest());
  fuzz::Pieces pieces(cuts);
  const Read whole = read(bytes, nullptr, kWide), cut = read(bytes, &pieces, kWide);
  const std::string ours = text_of(whole.replies);
  ENSURE(text_of(cut.replies) == ours && cut.refused == whole.refused && !whole.stopped);

  const testing::Reading theirs = testing::read_theirs(bytes, pieces.next());
  ENSURE(theirs.replies.starts_with(ours));
  if (!whole.refused) ENSURE(theirs.replies == ours);

  check_limits(bytes, whole.replies, pieces);
  check_errors(whole.replies, password);
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
#include "store/redis_reply.hpp"

#include <algorithm>
#include <charconv>
#include <new>

namespace prewarm::store {
namespace {

constexpr int kMaxDepth = 3;  // ROLE is the deepest reply asked for: an array of arrays of texts
constexpr std::size_t kMaxHeaderLine = 32;  // "$" and 20 digits are the longest that make sense

Error protocol(const std::string& what) { return {ErrorKind::protocol, what}; }

// Where the object of this task goes: the root, or its place in the parent, which has room for all its
// elements.
Reply* place_for(const redisReadTask* task) noexcept {
  if (task->parent == nullptr) return new (std::nothrow) Reply;
  auto* parent = static_cast<Reply*>(task->parent->obj);
  return &parent->elements[static_cast<std::size_t>(task->idx)];
}

std::optional<Reply::Kind> kind_of(int text_type) noexcept {
  if (text_type == REDIS_REPLY_STRING) return Reply::Kind::text;
  if (text_type == REDIS_REPLY_STATUS) return Reply::Kind::status;
  if (text_type == REDIS_REPLY_ERROR) return Reply::Kind::error;
  return std::nullopt;
}

// hiredis takes a null pointer for "out of memory" and stops; so is everything refused that must not be here.
void* make_text(const redisReadTask* task, char* bytes, std::size_t length) noexcept try {
  const auto kind = kind_of(task->type);
  if (!kind) return nullptr;
  // hiredis skips the two bytes behind a bulk string without looking at them. It has them, so this reads
  // nothing new.
  if (kind == Reply::Kind::text && (bytes[length] != '\r' || bytes[length + 1] != '\n')) return nullptr;
  std::string text(bytes, length);
  Reply* reply = place_for(task);
  if (reply == nullptr) return nullptr;
  reply->kind = *kind;
  reply->text = std::move(text);
  return reply;
} catch (const std::bad_alloc&) {
  return nullptr;
}

void* make_array(const redisReadTask* task, std::size_t count) noexcept try {
  if (task->type != REDIS_REPLY_ARRAY) return nullptr;
  int depth = 1;
  for (const redisReadTask* above = task->parent; above != nullptr; above = above->parent) ++depth;
  if (depth > kMaxDepth) return nullptr;
  std::vector<Reply> elements(count);
  Reply* reply = place_for(task);
  if (reply == nullptr) return nullptr;
  reply->kind = Reply::Kind::array;
  reply->elements = std::move(elements);
  return reply;
} catch (const std::bad_alloc&) {
  return nullptr;
}

void* make_integer(const redisReadTask* task, long long value) noexcept {
  Reply* reply = place_for(task);
  if (reply == nullptr) return nullptr;
  reply->kind = Reply::Kind::integer;
  reply->integer = value;
  return reply;
}

// "$-1" and "*-1"; the "_" of RESP3 has a type of its own.
void* make_nil(const redisReadTask* task) noexcept {
  return task->type == REDIS_REPLY_NIL ? nullptr : place_for(task);
}

void free_reply(void* reply) noexcept { delete static_cast<Reply*>(reply); }

void* refuse_double(const redisReadTask*, double, char*, std::size_t) noexcept { return nullptr; }
void* refuse_bool(const redisReadTask*, int) noexcept { return nullptr; }

redisReplyObjectFunctions reply_functions{make_text, make_array,  make_integer, refuse_double,
                                          make_nil,  refuse_bool, free_reply};

}  // namespace

ReplyReader::ReplyReader() : reader_(redisReaderCreateWithFunctions(&reply_functions)) {
  ENSURE(reader_ != nullptr);
}

void CutText::take(std::string_view bytes) {
  left -= bytes.size();
  reply.text += bytes.substr(0, cap - std::min(cap, reply.text.size()));
}

void ReplyReader::feed(std::string_view bytes) {
  if (cut_) {
    const std::size_t mine = std::min<std::uint64_t>(cut_->left, bytes.size());
    cut_->take(bytes.substr(0, mine));
    bytes.remove_prefix(mine);
  }
  ENSURE(redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) == REDIS_OK);
  fed_ += bytes.size();
}

// Looks at the first line of a reply before hiredis gets it: what is no reply of RESP2 is refused at its
// first byte, and a bulk string longer than its cap is seen before its bytes come. False: more bytes are
// needed.
Result<bool> ReplyReader::look_at_border(const ReplyLimit& limit) {
  const std::string_view bytes = unread();
  if (bytes.empty()) return false;
  if (std::string_view("+-:$*").find(bytes.front()) == std::string_view::npos)
    return protocol("a reply begins with none of + - : $ *");
  if (bytes.front() == '$') {
    TRY_ASSIGN(const bool known, look_at_bulk(bytes, limit));
    if (!known) return false;
  }
  begun_ = !cut_;
  begun_at_ = fed_ - bytes.size();
  return true;
}

Result<bool> ReplyReader::look_at_bulk(std::string_view bytes, const ReplyLimit& limit) {
  const std::size_t end = bytes.substr(0, kMaxHeaderLine).find("\r\n");
  if (end == std::string_view::npos) {
    if (bytes.size() < kMaxHeaderLine) return false;
    return protocol("a bulk length without end");
  }
  std::int64_t length = 0;
  const auto [stop, failed] = std::from_chars(bytes.data() + 1, bytes.data() + end, length);
  if (failed != std::errc() || stop != bytes.data() + end || length < -1)
    return protocol("a bad bulk length");
  if (length < 0 || static_cast<std::uint64_t>(length) <= limit.bytes) return true;
  over_limit_ = !limit.cut;
  if (over_limit_)
    return protocol("a bulk string of " + std::to_string(length) + " bytes, where fewer were asked for");
  begin_cut(end + 2, static_cast<std::uint64_t>(length), limit.bytes);
  return true;
}

void ReplyReader::begin_cut(std::size_t header, std::uint64_t length, std::size_t cap) {
  cut_.emplace();
  cut_->cap = cap;
  cut_->left = length + 2;
  cut_->reply.kind = Reply::Kind::text;
  cut_->reply.whole_length = length;
  // Its bytes pass hiredis by: those that are here already are taken out of its buffer.
  const std::string_view here = unread().substr(header);
  const std::size_t mine = std::min<std::uint64_t>(cut_->left, here.size());
  cut_->take(here.substr(0, mine));
  reader_->pos += header + mine;
}

std::optional<Reply> ReplyReader::finish_cut() {
  if (*cut_->reply.whole_length > kMaxSkipped && cut_->reply.text.size() == cut_->cap)
    stopped_ = true;
  else if (cut_->left > 0)
    return std::nullopt;
  Reply reply = std::move(cut_->reply);
  cut_.reset();
  return reply;
}

Result<std::optional<Reply>> ReplyReader::next(const ReplyLimit& limit) {
  ENSURE(!stopped_);
  if (!begun_ && !cut_) {
    TRY_ASSIGN(const bool known, look_at_border(limit));
    if (!known) return std::optional<Reply>();
  }
  if (cut_) return finish_cut();
  void* made = nullptr;
  reader_->maxelements = static_cast<long long>(limit.elements);
  if (redisReaderGetReply(reader_.get(), &made) != REDIS_OK) {
    over_limit_ = std::string_view(reader_->errstr) == "Multi-bulk length out of range";
    // Our functions refuse by the only means they have, which hiredis calls lack of memory.
    return protocol(reader_->err == REDIS_ERR_OOM
                        ? "a reply of a type, depth or ending that RESP2 does not have here"
                        : std::string(static_cast<const char*>(reader_->errstr)));
  }
  if (made == nullptr) {
    // 64 bytes for the lines around a bulk string, whose length was looked at before.
    over_limit_ = fed_ - begun_at_ > limit.bytes + 64;
    if (over_limit_) return protocol("a reply longer than " + std::to_string(limit.bytes) + " bytes");
    return std::optional<Reply>();
  }
  begun_ = false;
  const std::unique_ptr<Reply> reply(static_cast<Reply*>(made));
  return std::optional<Reply>(std::move(*reply));
}

}  // namespace prewarm::store

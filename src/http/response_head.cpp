// SPDX-License-Identifier: Apache-2.0
#include "http/response_head.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <variant>

#include "prewarm/base/ascii.hpp"

namespace prewarm::http {
namespace {

std::string_view without_line_end(std::string_view line) noexcept {
  if (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

std::optional<std::uint64_t> digits(std::string_view text) noexcept {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// What a field's name means to us.
enum class Framing : std::uint8_t { length, transfer_coding, content_coding };
using Meaning = std::variant<std::monostate, Field, Framing>;

struct Name {
  std::string_view text;
  Meaning meaning;
};

constexpr auto kNames = std::to_array<Name>({
    // by length
    {"etag", Field::etag},
    {"date", Field::date},
    {"link", Field::link},
    {"location", Field::location},
    {"ratelimit", Field::ratelimit},
    {"retry-after", Field::retry_after},
    {"content-type", Field::content_type},
    {"last-modified", Field::last_modified},
    {"content-length", Framing::length},
    {"ratelimit-reset", Field::ratelimit_reset},
    {"content-encoding", Framing::content_coding},
    {"transfer-encoding", Framing::transfer_coding},
    {"x-ratelimit-reset", Field::ratelimit_reset},
    {"ratelimit-remaining", Field::ratelimit_remaining},
    {"x-ratelimit-reset-in", Field::ratelimit_reset_in},
    {"x-ratelimit-remaining", Field::ratelimit_remaining},
});
constexpr std::size_t kLongest = kNames.back().text.size();

// Where the names of each length begin; one more for where the last ones end.
constexpr auto kFirst = [] {
  std::array<std::size_t, kLongest + 2> first{};
  for (std::size_t length = 0, at = 0; length < first.size(); ++length) {
    while (at < kNames.size() && kNames[at].text.size() < length) ++at;
    first[length] = at;
  }
  return first;
}();

// Most names are compared with nothing.
Meaning meaning_of(std::string_view name) noexcept {
  if (name.size() > kLongest) return {};
  for (std::size_t at = kFirst[name.size()]; at < kFirst[name.size() + 1]; ++at)
    if (same_word(name, kNames[at].text)) return kNames[at].meaning;
  return {};
}

}  // namespace

bool ResponseHead::add(std::string_view line) {
  bytes_ += line.size();
  ++lines_;
  if (!fault_.empty()) return false;
  if (bytes_ > kMaxHeadBytes) return refuse("a head of more than 64 KiB");
  if (lines_ > kMaxHeadLines) return refuse("a head of more than 100 lines");
  line = without_line_end(line);
  if (part_ == Part::status) return status_line(line);
  if (part_ == Part::trailers) return true;
  return line.empty() ? end_of_head() : field(line);
}

bool ResponseHead::status_line(std::string_view line) {
  constexpr std::string_view kProtocol = "HTTP/";
  const auto blank = line.find(' ');
  if (line.substr(0, kProtocol.size()) != kProtocol || blank == std::string_view::npos)
    return refuse("no HTTP status line");
  const auto code = line.substr(blank + 1, 3);
  const auto number = digits(code);
  const auto behind = line.substr(std::min(line.size(), blank + 4));
  if (code.size() != 3 || !number || *number < 100 || (!behind.empty() && behind.front() != ' '))
    return refuse("no HTTP status line");
  const char version = line[kProtocol.size()];
  framed_ = version == '2' || version == '3';  // streams have an end of their own
  status_ = static_cast<int>(*number);
  part_ = Part::fields;
  return true;
}

bool ResponseHead::field(std::string_view line) {
  if (line.front() == ' ' || line.front() == '\t') return folded(line);
  in_link_ = false;
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return true;
  const auto name = line.substr(0, colon);
  const auto value = trim(line.substr(colon + 1));
  const Meaning meaning = meaning_of(name);
  if (const auto* field = std::get_if<Field>(&meaning)) {
    in_link_ = *field == Field::link;
    if (in_link_)
      add_link(headers_[Field::link].empty() ? "" : ", ", value);
    else if (headers_[*field].empty())
      headers_.set(*field, value);
  } else if (const auto* framing = std::get_if<Framing>(&meaning)) {
    if (*framing == Framing::length) length(value);
    if (*framing == Framing::transfer_coding) transfer_coding(value);
    if (*framing == Framing::content_coding) content_coding(value);
  }
  return true;
}

// Of a value that somebody here needs whole; the others need not be long.
bool ResponseHead::folded(std::string_view line) {
  if (in_link_) add_link(" ", trim(line));
  return true;
}

void ResponseHead::add_link(std::string_view between, std::string_view text) {
  for (const std::string_view piece : {between, text})
    headers_.append(Field::link, piece.substr(0, kMaxLinkBytes + 1 - headers_[Field::link].size()));
}

void ResponseHead::length(std::string_view value) noexcept {
  if (length_) body_fault_ = "two lengths";
  length_ = digits(value);
  if (!length_) body_fault_ = "a length that is no number";
}

void ResponseHead::transfer_coding(std::string_view value) noexcept {
  chunked_ = same_word(value, "chunked");
  if (++transfer_codings_ > 1 || !chunked_) body_fault_ = "a transfer coding other than chunked";
}

void ResponseHead::content_coding(std::string_view value) noexcept {
  if (coding_ != Coding::identity) body_fault_ = "two content codings";
  if (same_word(value, "gzip") || same_word(value, "x-gzip"))
    coding_ = Coding::gzip;
  else if (!value.empty() && !same_word(value, "identity"))
    body_fault_ = "a content coding that was not asked for";
}

bool ResponseHead::end_of_head() {
  if (status_ == 101) return refuse("switched to another protocol");
  if (status_ < 200) {  // interim: the next head starts afresh, what was counted stays counted
    ResponseHead next;
    next.bytes_ = bytes_;
    next.lines_ = lines_;
    *this = next;
    return true;
  }
  part_ = Part::trailers;
  if (chunked_ && length_) body_fault_ = "a length beside chunks";
  return !body_wanted() || body_fault_.empty() || refuse(body_fault_);
}

bool ResponseHead::refuse(std::string_view fault) noexcept {
  fault_ = fault;
  return false;
}

}  // namespace prewarm::http

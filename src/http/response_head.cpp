// SPDX-License-Identifier: Apache-2.0
#include "http/response_head.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace prewarm::http {
namespace {

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
bool same(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim(std::string_view text) noexcept {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

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
  framing(name, value);
  in_link_ = same(name, "link");
  if (in_link_) {
    add_link(headers_.link.empty() ? "" : ", ", value);
    return true;
  }
  std::string* const into = kept(name);
  if (into != nullptr && into->empty()) into->assign(value);
  return true;
}

// Of a value that somebody here needs whole; the others need not be long.
bool ResponseHead::folded(std::string_view line) {
  if (in_link_) add_link(" ", trim(line));
  return true;
}

void ResponseHead::add_link(std::string_view between, std::string_view text) {
  std::string& link = headers_.link;
  link += between;
  link += text;
  if (link.size() > kMaxLinkBytes) link.resize(kMaxLinkBytes + 1);
}

// By length first: most fields are compared with nothing.
std::string* ResponseHead::kept(std::string_view name) noexcept {
  switch (name.size()) {
    case 4:
      if (same(name, "etag")) return &headers_.etag;
      return same(name, "date") ? &headers_.date : nullptr;
    case 8:
      return same(name, "location") ? &headers_.location : nullptr;
    case 9:
      return same(name, "ratelimit") ? &headers_.ratelimit : nullptr;
    case 11:
      return same(name, "retry-after") ? &headers_.retry_after : nullptr;
    case 12:
      return same(name, "content-type") ? &headers_.content_type : nullptr;
    case 13:
      return same(name, "last-modified") ? &headers_.last_modified : nullptr;
    case 15:
      return same(name, "ratelimit-reset") ? &headers_.ratelimit_reset : nullptr;
    case 17:
      return same(name, "x-ratelimit-reset") ? &headers_.ratelimit_reset : nullptr;
    case 19:
      return same(name, "ratelimit-remaining") ? &headers_.ratelimit_remaining : nullptr;
    case 20:
      return same(name, "x-ratelimit-reset-in") ? &headers_.ratelimit_reset_in : nullptr;
    case 21:
      return same(name, "x-ratelimit-remaining") ? &headers_.ratelimit_remaining : nullptr;
    default:
      return nullptr;
  }
}

void ResponseHead::framing(std::string_view name, std::string_view value) {
  if (same(name, "content-length")) {
    if (length_) body_fault_ = "two lengths";
    length_ = digits(value);
    if (!length_) body_fault_ = "a length that is no number";
  } else if (same(name, "transfer-encoding")) {
    chunked_ = same(value, "chunked");
    if (++transfer_codings_ > 1 || !chunked_) body_fault_ = "a transfer coding other than chunked";
  } else if (same(name, "content-encoding")) {
    if (coding_ != Coding::identity) body_fault_ = "two content codings";
    if (same(value, "gzip") || same(value, "x-gzip"))
      coding_ = Coding::gzip;
    else if (!value.empty() && !same(value, "identity"))
      body_fault_ = "a content coding that was not asked for";
  }
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

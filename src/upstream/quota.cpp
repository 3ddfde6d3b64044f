// SPDX-License-Identifier: Apache-2.0
#include "prewarm/upstream/quota.hpp"

#include <algorithm>
#include <string_view>

#include "prewarm/base/ascii.hpp"
#include "prewarm/upstream/exchange.hpp"
#include "upstream/http_date.hpp"

namespace prewarm::upstream {

using http::Field;

namespace {

constexpr std::int64_t kFirstInstant = 1'000'000'000;        // larger: Unix time, not a number of seconds
constexpr std::int64_t kFirstMillis = 1'000'000'000'000;     // larger still: in milliseconds
constexpr std::int64_t kMostNumber = 1'000'000'000'000'000;  // what is larger counts as this

// "99" or "99.0"; what is behind the point rounds a time up, and is no request.
struct Number {
  std::int64_t whole = 0;
  bool more = false;
  std::int64_t up() const noexcept { return whole + (more ? 1 : 0); }
};

std::optional<Number> number_of(std::string_view text) {
  Number number;
  const std::size_t point = std::min(text.find('.'), text.size());
  if (point == 0) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == point && i + 1 < text.size()) continue;
    const char c = text[i];
    if (c < '0' || c > '9') return std::nullopt;
    if (i > point)
      number.more = number.more || c != '0';
    else
      number.whole = std::min(number.whole * 10 + (c - '0'), kMostNumber);
  }
  return number;
}

Millis cut(std::chrono::seconds wait) {
  return std::clamp<std::chrono::seconds>(wait, std::chrono::seconds(0),
                                          std::chrono::duration_cast<std::chrono::seconds>(kLongestWait));
}

// Whether it is seconds, an instant or a date shows in the text itself.
std::optional<Millis> wait_of(std::string_view text, const http::ResponseHeaders& headers, WallTime wall) {
  const auto number = number_of(text);
  if (number && number->whole <= kFirstInstant) return cut(std::chrono::seconds(number->up()));
  const auto date = parse_http_date(headers[Field::date], wall);
  const WallTime now = date ? WallTime(*date) : wall;
  if (!number) {
    const auto at = parse_http_date(text, now);
    return at ? std::optional(cut(std::chrono::ceil<std::chrono::seconds>(*at - now))) : std::nullopt;
  }
  const bool millis = number->whole > kFirstMillis;
  const WallTime at(millis ? Millis(number->whole) : Millis(number->up() * 1000));
  return cut(std::chrono::ceil<std::chrono::seconds>(at - now));
}

// The members of a list, one after the other; quoted text may hold the separator.
class Members {
 public:
  Members(std::string_view list, char separator) : rest_(list), separator_(separator) {}
  std::optional<std::string_view> next() {
    if (done_) return std::nullopt;
    bool quoted = false;
    std::size_t end = 0;
    for (; end < rest_.size() && (quoted || rest_[end] != separator_); ++end)
      if (rest_[end] == '"') quoted = !quoted;
    const auto member = trim(rest_.substr(0, end));
    done_ = end == rest_.size();
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    return member;
  }

 private:
  std::string_view rest_;
  char separator_;
  bool done_ = false;
};

struct Policy {
  std::optional<std::int64_t> left;
  std::optional<Millis> resets_in;

  void take(std::string_view parameter) {
    const std::size_t equals = std::min(parameter.find('='), parameter.size());
    const auto name = trim(parameter.substr(0, equals));
    const auto number = number_of(trim(parameter.substr(std::min(equals + 1, parameter.size()))));
    if (!number) return;
    if (name == "r" || name == "remaining") left = number->whole;
    if (name == "t" || name == "reset") resets_in = cut(std::chrono::seconds(number->up()));
  }
  std::optional<Quota> quota() const {
    return left && resets_in ? std::optional(Quota{*left, *resets_in}) : std::nullopt;
  }
};

// The fewest, and of as few the longest wait.
void keep_tighter(std::optional<Quota>& kept, const std::optional<Quota>& next) {
  if (!next) return;
  if (!kept || next->left < kept->left || (next->left == kept->left && next->resets_in > kept->resets_in))
    kept = next;
}

std::optional<Quota> structured(std::string_view list) {
  std::optional<Quota> tightest;
  Policy bare;  // draft 7: one policy, whose parameters are the members
  Members members(list, ',');
  while (const auto member = members.next()) {
    if (member->starts_with('"')) {
      Policy policy;
      Members parameters(*member, ';');
      while (const auto parameter = parameters.next()) policy.take(*parameter);
      keep_tighter(tightest, policy.quota());
    } else {
      bare.take(*member);
    }
  }
  keep_tighter(tightest, bare.quota());
  return tightest;
}

}  // namespace

std::optional<Millis> reset_of(const http::ResponseHeaders& headers, WallTime wall) {
  // What needs no clock first.
  if (!headers[Field::ratelimit_reset_in].empty())
    if (const auto wait = wait_of(headers[Field::ratelimit_reset_in], headers, wall)) return wait;
  if (!headers[Field::ratelimit_reset].empty())
    if (const auto wait = wait_of(headers[Field::ratelimit_reset], headers, wall)) return wait;
  if (headers[Field::ratelimit].empty()) return std::nullopt;
  const auto quota = structured(headers[Field::ratelimit]);
  return quota ? std::optional(quota->resets_in) : std::nullopt;
}

std::optional<Quota> quota_of(const http::ResponseHeaders& headers, WallTime wall) {
  if (!headers[Field::ratelimit_remaining].empty()) {
    const auto left = number_of(headers[Field::ratelimit_remaining]);
    const auto wait = reset_of(headers, wall);
    if (left && wait) return Quota{left->whole, *wait};
  }
  return headers[Field::ratelimit].empty() ? std::nullopt : structured(headers[Field::ratelimit]);
}

std::optional<Millis> retry_after_of(const http::ResponseHeaders& headers, WallTime wall) {
  if (headers[Field::retry_after].empty()) return std::nullopt;
  const auto date = parse_http_date(headers[Field::date], wall);
  return parse_retry_after(headers[Field::retry_after], date ? WallTime(*date) : wall);
}

}  // namespace prewarm::upstream

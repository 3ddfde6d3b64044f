// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>

#include "prewarm/upstream/exchange.hpp"
#include "upstream/http_date.hpp"

namespace prewarm::upstream {
namespace {
constexpr std::chrono::days kMost{3653};  // 10 years
}

std::optional<Millis> parse_retry_after(std::string_view text, WallTime now) {
  if (!text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc() || seconds > std::chrono::seconds(kMost).count()) return kMost;
    return std::chrono::seconds(seconds);
  }
  const auto at = parse_http_date(text, now);
  if (!at) return std::nullopt;
  return std::clamp<Millis>(*at - now, Millis(0), kMost);
}

}  // namespace prewarm::upstream

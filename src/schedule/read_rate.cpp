// SPDX-License-Identifier: Apache-2.0
// Readers of a host's request budget. A rate is COUNT "/" SPAN; the span is a duration, or a unit alone for
// one of it: "10/s", "600/10m", "5/1m30s".
#include <charconv>
#include <optional>

#include "readers.hpp"
#include "spelling.hpp"

namespace prewarm::schedule {
namespace {

constexpr Millis kShortest{1000}, kLongest{3600 * 1000};

Rate& rate_of(Draft& draft) {
  auto& rate = draft.schedule.fetch.rate;
  return rate ? *rate : rate.emplace();
}

// A count that is larger than any limit counts as that.
std::optional<std::int64_t> count_of(std::string_view digits) {
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  return error == std::errc{} ? count : INT64_MAX;
}

std::optional<Millis> span_of(std::string_view text) {
  const bool unit_alone = text == "s" || text == "m" || text == "h";
  const auto span = parse_duration(unit_alone ? "1" + std::string(text) : std::string(text));
  return span.ok() ? std::optional(*span) : std::nullopt;
}

}  // namespace

bool read_rate(const Reading& in) {
  const std::string_view text = in.node.kind == NodeKind::text ? in.node.text : std::string_view();
  const std::size_t slash = std::min(text.find('/'), text.size());
  const auto count = count_of(text.substr(0, slash));
  const auto span = slash < text.size() ? span_of(text.substr(slash + 1)) : std::nullopt;
  if (!count || !span) {
    const std::string meant = meant_rate(in.node);
    return refuse_kind(in, "a rate: requests, \"/\" and a span of time",
                       meant.empty() ? R"(e.g. "10/s" or "600/10m")" : meant);
  }
  if (!within(in, *count)) return false;
  if (*span < kShortest || *span > kLongest)
    return in.refuse(106,
                     shown(in.node) + " spans " + duration_exact(*span) + ", outside its limits, 1s to 1h",
                     *span < kShortest ? "a span of at least 1s" : "a span of at most 1h");
  Rate& rate = rate_of(in.draft);
  rate.count = *count;
  rate.per = *span;
  return true;
}

bool read_burst(const Reading& in) { return read(in, rate_of(in.draft).burst); }

}  // namespace prewarm::schedule

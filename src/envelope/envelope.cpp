// SPDX-License-Identifier: Apache-2.0
#include "prewarm/envelope/envelope.hpp"

#include <charconv>

#include "prewarm/base/json.hpp"
#include "prewarm/base/time_text.hpp"

namespace prewarm::envelope {
namespace {

constexpr std::string_view kVersion = R"({"version":)";
constexpr std::string_view kUpdated = R"(,"lastUpdated":")";
constexpr std::string_view kPayload = R"(","payload":)";
constexpr std::size_t kInstantLength = 24, kMaxVersionDigits = 9;
static_assert(kVersion.size() + kMaxVersionDigits + kUpdated.size() + kInstantLength + kPayload.size() == 72,
              "a head has at most 72 bytes");

Error fault(const std::string& what) { return {ErrorKind::invalid, "not an envelope: " + what}; }

std::string place(const JsonFault& bad, std::size_t offset) {
  return bad.what + " at byte " + std::to_string(offset + bad.at);
}

std::string without_head(std::string_view bytes) {
  if (bytes.empty()) return "no bytes";
  if (const auto bad = scan_json(bytes)) return "not JSON (" + place(*bad, 0) + ")";
  return "a JSON " + std::string(json_type_name(json_type(bytes).value_or(JsonType::null))) + " without head";
}

// Takes `expected` off the front.
bool take(std::string_view& rest, std::string_view expected) noexcept {
  if (!rest.starts_with(expected)) return false;
  rest.remove_prefix(expected.size());
  return true;
}

// 1 to 9 digits, the first not 0.
std::optional<std::int64_t> take_version(std::string_view& rest) noexcept {
  const std::size_t length = std::min(rest.find_first_not_of("0123456789"), rest.size());
  if (length == 0 || length > kMaxVersionDigits || rest.front() == '0') return std::nullopt;
  std::int64_t version = 0;
  std::from_chars(rest.data(), rest.data() + length, version);
  rest.remove_prefix(length);
  return version;
}

}  // namespace

std::string head(std::int64_t version, WallTime last_updated) {
  ENSURE(version >= 1 && version <= kMaxVersion);
  std::string bytes(kVersion);
  bytes += std::to_string(version);
  bytes += kUpdated;
  bytes += instant_text(last_updated);
  bytes += kPayload;
  return bytes;
}

std::string seal(std::int64_t version, WallTime last_updated, std::string_view payload) {
  ENSURE(!payload.empty());
  std::string bytes = head(version, last_updated);
  bytes.reserve(bytes.size() + payload.size() + 1);
  bytes += payload;
  bytes += '}';
  return bytes;
}

std::optional<Head> read_head(std::string_view bytes) noexcept {
  std::string_view rest = bytes;
  if (!take(rest, kVersion)) return std::nullopt;
  const auto version = take_version(rest);
  if (!version || !take(rest, kUpdated)) return std::nullopt;
  const auto instant = parse_instant(rest.substr(0, kInstantLength));
  if (!instant) return std::nullopt;
  rest.remove_prefix(kInstantLength);
  if (!take(rest, kPayload)) return std::nullopt;
  return Head{*version, *instant, bytes.size() - rest.size()};
}

Result<Opened> open(std::string_view bytes) {
  const auto head = read_head(bytes);
  if (!head) return fault(without_head(bytes));
  if (bytes.size() < head->length + 2 || bytes.back() != '}')
    return fault("a head, but no closing brace at the end");
  const std::string_view payload = bytes.substr(head->length, bytes.size() - head->length - 1);
  if (const auto bad = scan_json(payload))
    return fault("the payload is not JSON (" + place(*bad, head->length) + ")");
  if (trim_json(payload).size() != payload.size()) return fault("white space around the payload");
  return Opened{*head, payload};
}

}  // namespace prewarm::envelope

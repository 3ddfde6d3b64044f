// SPDX-License-Identifier: Apache-2.0
// A version, an instant and the store's clock in ms since 1970, a line each, then bytes. As what was found at
// a key: open, classify, read_head and classify_head agree wherever they may. As a payload: what is sealed
// opens to the same, if and only if it is one sound value without white space around it.
#include "prewarm/envelope/envelope.hpp"
#include "fuzz/input.hpp"
#include "prewarm/base/json.hpp"
#include "prewarm/base/time_text.hpp"
#include "prewarm/envelope/sealed.hpp"

using namespace prewarm;
using namespace prewarm::envelope;

namespace {

constexpr std::int64_t kFirst = -62'167'219'200'000, kLast = 253'402'300'799'999;  // years 0000 to 9999

Class class_of(std::int64_t version, std::int64_t expected) {
  return version == expected ? Class::current : version < expected ? Class::older : Class::newer;
}

void check_found(std::string_view bytes, std::int64_t expected, WallTime now) {
  const std::string_view front = bytes.substr(0, kHeadBytes);
  const auto head = read_head(bytes);
  const auto of_front = read_head(front);
  ENSURE(head.has_value() == of_front.has_value());
  if (head) {
    ENSURE(head->version == of_front->version && head->last_updated == of_front->last_updated);
    ENSURE(head->length == of_front->length && head->length <= 72);
    ENSURE(bytes.substr(0, head->length) == envelope::head(head->version, head->last_updated));
  }
  const auto opened = open(bytes);
  const Class whole = classify(bytes, expected);
  const HeadClass seen = classify_head(front, static_cast<std::int64_t>(bytes.size()), expected, now);
  const bool sound = !scan_json(bytes);
  if (opened) {
    ENSURE(head && opened->head.length == head->length);
    ENSURE(seal(head->version, head->last_updated, opened->payload) == bytes);
    ENSURE(whole == class_of(head->version, expected));
  } else {
    ENSURE(fuzz::is_printable(opened.error().message));
    ENSURE(whole == (bytes.empty() ? Class::absent : sound ? Class::legacy : Class::foreign));
  }
  ENSURE(whole != Class::wrong_type && (seen.cls == Class::absent) == bytes.empty());
  ENSURE(seen.ahead.has_value() == (head && head->last_updated - now > kMaxAhead));
  if (seen.ahead) {
    ENSURE(seen.cls == Class::foreign && *seen.ahead == head->last_updated - now && !seen.head);
  } else if (head) {
    ENSURE(seen.cls == class_of(head->version, expected) && seen.head && seen.kind == Kind::object);
    if (opened) ENSURE(seen.cls == whole);
  } else if (sound) {
    ENSURE(bytes.find_first_not_of(" \t\r\n") >= kHeadBytes || seen.cls == Class::legacy);
  }
  ENSURE(classify_head(front, -1, expected, now).cls == Class::wrong_type);
}

void check_sealed(std::string_view payload, std::int64_t version, WallTime instant) {
  if (payload.empty()) return;
  const std::string front = head(version, instant), bytes = seal(version, instant, payload);
  ENSURE(front.size() <= 72 && read_head(front)->length == front.size());
  const auto opened = open(bytes);
  const bool fit = !scan_json(payload) && trim_json(payload).size() == payload.size();
  ENSURE(opened.ok() == fit);
  if (opened) {
    ENSURE(opened->payload == payload && opened->head.version == version);
    ENSURE(opened->head.last_updated == instant &&
           !scan_json("[" + bytes + "]").has_value() == !scan_json("[[" + std::string(payload) + "]]"));
    for (const std::size_t cut : {bytes.size() - 1, bytes.size() / 2, front.size()})
      ENSURE(!open(std::string_view(bytes).substr(0, cut)));
  }
  const Sealed pieces(front, payload), copy(bytes);
  ENSURE(pieces == bytes && copy == bytes && pieces.text() == bytes && pieces.size() == bytes.size());
  for (std::size_t at = 0; at <= bytes.size(); at += 1 + bytes.size() / 7)
    for (std::size_t length : {std::size_t{0}, std::size_t{1}, bytes.size() / 3, bytes.size() - at}) {
      const std::string_view part = std::string_view(bytes).substr(at, length);
      std::string other(part);
      ENSURE(pieces.has(at, part) && copy.has(at, part));
      if (other.empty()) continue;
      other.back() = static_cast<char>(other.back() ^ 1);
      ENSURE(!pieces.has(at, other) && !copy.has(at, other));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const std::int64_t version = input.number(1, kMaxVersion);
  const WallTime instant{Millis(input.number(kFirst, kLast))};
  const WallTime now{Millis(input.number(kFirst, kLast))};
  const std::string_view bytes = input.rest();
  check_found(bytes, version, now);
  check_sealed(bytes, version, instant);
  return 0;
}

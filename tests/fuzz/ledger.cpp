// SPDX-License-Identifier: Apache-2.0
// Records of the ledger. As what is found: reading never fails on any bytes, and what was read is written and
// read again as the same. As what is remembered: records made of the lines are read back as they were
// written.
#include <vector>

#include "fuzz/input.hpp"
#include "prewarm/base/json.hpp"
#include "prewarm/base/utf8.hpp"
#include "prewarm/ledger/ledger.hpp"

using namespace prewarm;
using namespace prewarm::ledger;

namespace {

constexpr std::int64_t kLastInstant = 253'402'300'799'999;

void check_found(std::string_view text) {
  if (const auto kept = decode_kept(text)) ENSURE(decode_kept(encode(*kept)) == kept);
  const auto record = decode(text);
  if (!record) {
    ENSURE(record.error().kind == ErrorKind::ledger_newer && fuzz::is_printable(record.error().message));
    return;
  }
  const std::string again = encode(*record);
  ENSURE(!scan_json(again) && again.find('\n') == std::string::npos);
  const auto same = decode(again);
  ENSURE(same.ok() && *same == *record);
  ENSURE(record->failures >= 0 && record->refusals >= 0);
}

// As exchange.cpp lets pass.
std::string validator(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (c >= ' ' && c <= '~') out += c;
  return out;
}

std::string hex(std::string_view text, std::size_t digits) {
  std::string out;
  for (std::size_t i = 0; i < digits; ++i)
    out += "0123456789abcdef"[text.empty() ? i % 16 : static_cast<unsigned char>(text[i % text.size()]) % 16];
  return out;
}

Kept kept_of(fuzz::Input& input) {
  Kept kept;
  kept.validators = {validator(input.line()), validator(input.line())};
  kept.made_by = hex(input.line(), 8);
  kept.payload_sha256 = hex(input.line(), 64);
  kept.instant = WallTime(Millis(input.number(0, kLastInstant)));
  kept.payload_bytes = static_cast<std::uint64_t>(input.number(1, 64 << 20));
  kept.renewals = input.number(0, 1000);
  kept.whole_only = input.number(0, 1) == 1;
  kept.refused = input.number(0, 1) == 1;
  for (std::int64_t keys = input.number(1, 4); keys > 0; --keys)
    kept.keys.push_back("k:" + validator(input.line()) + ":v1");
  return kept;
}

std::optional<WallTime> instant_of(fuzz::Input& input) {
  const std::int64_t ms = input.number(-1, kLastInstant);
  return ms < 0 ? std::nullopt : std::optional(WallTime(Millis(ms)));
}

std::string utf8(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    out += text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check_found({reinterpret_cast<const char*>(data), size});

  fuzz::Input input(data, size);
  const Kept kept = kept_of(input);
  ENSURE(decode_kept(encode(kept)) == kept);
  Record record;
  record.first_seen = instant_of(input);
  record.last_verified = instant_of(input);
  record.written_at = instant_of(input);
  record.expires_at = instant_of(input);
  record.failures = input.number(0, kLastInstant);
  record.refusals = input.number(0, 100);
  record.last_outcome = utf8(input.line());
  if (input.number(0, 1) == 1) record.kept = kept;
  record.worker = utf8(input.rest());
  const auto again = decode(encode(record));
  ENSURE(again.ok() && *again == record);
  return 0;
}

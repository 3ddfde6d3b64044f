// SPDX-License-Identifier: Apache-2.0
#include "prewarm/ledger/ledger.hpp"

#include <algorithm>
#include <charconv>

#include <nlohmann/json.hpp>

#include "prewarm/base/json_text.hpp"
#include "prewarm/base/time_text.hpp"

namespace prewarm::ledger {
namespace {

using nlohmann::json;

constexpr std::int64_t kFormat = 1;
constexpr std::size_t kShaDigits = 64, kMarkDigits = 8;
constexpr std::int64_t kLastInstant = 253'402'300'799'999;  // of the year 9999, in ms
// Longer than the rarest schedule's gap of a year, so that its failures in a row are still known.
constexpr Millis kRecordTtl = std::chrono::hours(24 * 400);

std::optional<WallTime> instant_at(const json& object, const char* name) {
  const auto member = object.find(name);
  if (member == object.end() || !member->is_string()) return std::nullopt;
  return parse_instant(member->get_ref<const std::string&>());
}

std::int64_t count_at(const json& object, const char* name) {
  const auto member = object.find(name);
  if (member == object.end() || !member->is_number_integer()) return 0;
  // A number beyond int64 comes as unsigned and would turn negative.
  return std::max<std::int64_t>(0, member->get<std::int64_t>());
}

std::string text_at(const json& object, const char* name) {
  const auto member = object.find(name);
  return member == object.end() || !member->is_string() ? "" : member->get<std::string>();
}

// A text of so many hex digits; else empty.
std::string hex_of(std::string_view text, std::size_t digits) {
  const bool hex = text.size() == digits && std::all_of(text.begin(), text.end(), [](char c) {
                     return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                   });
  return hex ? std::string(text) : std::string();
}

std::vector<std::string> texts_at(const json& object, const char* name) {
  std::vector<std::string> texts;
  const auto member = object.find(name);
  if (member == object.end() || !member->is_array()) return texts;
  for (const json& element : *member)
    if (element.is_string()) texts.push_back(element.get<std::string>());
  return texts;
}

std::optional<Kept> kept_of(const json& object) {
  if (!object.is_object()) return std::nullopt;
  Kept kept;
  kept.validators = {text_at(object, "etag"), text_at(object, "last_modified")};
  kept.made_by = hex_of(text_at(object, "made_by"), kMarkDigits);
  kept.payload_sha256 = hex_of(text_at(object, "sha256"), kShaDigits);
  kept.payload_bytes = static_cast<std::uint64_t>(count_at(object, "payload_bytes"));
  kept.keys = texts_at(object, "keys");
  kept.renewals = count_at(object, "renewals");
  const auto is_set = [&object](const char* name) {
    const auto found = object.find(name);
    return found != object.end() && *found == true;
  };
  kept.whole_only = is_set("whole_only");
  kept.refused = is_set("renewal_refused");
  const auto instant = instant_at(object, "instant");
  if (!instant || kept.made_by.empty() || kept.payload_sha256.empty() || kept.payload_bytes == 0 ||
      kept.keys.empty())
    return std::nullopt;
  kept.instant = *instant;
  return kept;
}

std::string json_of(const Kept& kept) {
  JsonObject object;
  if (!kept.validators.etag.empty()) object.add("etag", kept.validators.etag);
  if (!kept.validators.last_modified.empty()) object.add("last_modified", kept.validators.last_modified);
  object.add("made_by", kept.made_by).add("instant", instant_text(kept.instant));
  object.add("payload_bytes", kept.payload_bytes).add("sha256", kept.payload_sha256);
  std::string keys = "[";
  for (const std::string& key : kept.keys) keys += (keys.size() > 1 ? "," : "") + json_quote(key);
  object.add_raw("keys", keys + "]").add("renewals", kept.renewals);
  if (kept.whole_only) object.add("whole_only", true);
  if (kept.refused) object.add("renewal_refused", true);
  return object.text();
}

// The text up to the mark, which goes too; all of it where there is none.
std::string_view take_to(std::string_view& text, char mark) noexcept {
  const std::size_t end = std::min(text.find(mark), text.size());
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return taken;
}

std::optional<std::int64_t> count_of(std::string_view digits) noexcept {
  std::int64_t count = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  if (failed != std::errc() || end != digits.data() + digits.size() || count < 0) return std::nullopt;
  return count;
}

}  // namespace

std::string encode(const Kept& kept) {
  constexpr std::size_t kUsual = 256;  // made_by and SHA-256 are 72 of them
  std::string text;
  text.reserve(kUsual);
  text += "1 ";
  text += kept.made_by;
  for (const std::int64_t number : {kept.instant.time_since_epoch().count(),
                                    static_cast<std::int64_t>(kept.payload_bytes), kept.renewals}) {
    text += ' ';
    text += std::to_string(number);
  }
  text += ' ';
  text += kept.payload_sha256;
  text += kept.whole_only ? " w" : " -";
  text += kept.refused ? 'r' : '-';
  const auto add_line = [&text](const std::string& line) {
    text += '\n';
    text += line;
  };
  add_line(kept.validators.etag);
  add_line(kept.validators.last_modified);
  for (const std::string& key : kept.keys) add_line(key);
  return text;
}

std::optional<Kept> decode_kept(std::string_view text) {
  std::string_view line = take_to(text, '\n');
  if (take_to(line, ' ') != "1") return std::nullopt;
  Kept kept;
  kept.made_by = hex_of(take_to(line, ' '), kMarkDigits);
  const auto instant = count_of(take_to(line, ' ')), bytes = count_of(take_to(line, ' ')),
             renewals = count_of(take_to(line, ' '));
  kept.payload_sha256 = hex_of(take_to(line, ' '), kShaDigits);
  const bool flags =
      line.size() == 2 && (line[0] == 'w' || line[0] == '-') && (line[1] == 'r' || line[1] == '-');
  if (!instant || *instant > kLastInstant || !bytes || *bytes == 0 || !renewals || !flags ||
      kept.made_by.empty() || kept.payload_sha256.empty())
    return std::nullopt;
  kept.instant = WallTime(Millis(*instant));
  kept.payload_bytes = static_cast<std::uint64_t>(*bytes);
  kept.renewals = *renewals;
  kept.whole_only = line[0] == 'w';
  kept.refused = line[1] == 'r';
  kept.validators.etag = take_to(text, '\n');
  kept.validators.last_modified = take_to(text, '\n');
  while (!text.empty()) kept.keys.emplace_back(take_to(text, '\n'));
  const bool whole = !kept.keys.empty() && std::none_of(kept.keys.begin(), kept.keys.end(),
                                                        [](const std::string& key) { return key.empty(); });
  return whole ? std::optional(std::move(kept)) : std::nullopt;
}

std::string encode(const Record& record) {
  JsonObject object;
  object.add("ledger", kFormat);
  const auto add_instant = [&](std::string_view name, const std::optional<WallTime>& instant) {
    if (instant) object.add(name, instant_text(*instant));
  };
  add_instant("first_seen", record.first_seen);
  add_instant("last_verified", record.last_verified);
  add_instant("written_at", record.written_at);
  add_instant("expires_at", record.expires_at);
  object.add("failures", record.failures).add("refusals", record.refusals);
  object.add("last_outcome", record.last_outcome).add("worker", record.worker);
  if (record.kept) object.add_raw("kept", json_of(*record.kept));
  return object.text();
}

Result<Record> decode(std::string_view text) {
  const json object = json::parse(text, nullptr, false);
  if (!object.is_object()) return Record{};
  const auto format = object.find("ledger");
  if (format == object.end() || !format->is_number_integer() || format->get<std::int64_t>() < 1)
    return Record{};
  if (format->get<std::int64_t>() > kFormat)
    return Error{ErrorKind::ledger_newer,
                 "the ledger is of a newer prewarm (format " + format->dump() +
                     ", known here: " + std::to_string(kFormat) + ")",
                 "upgrade this worker"};
  Record record;
  record.first_seen = instant_at(object, "first_seen");
  record.last_verified = instant_at(object, "last_verified");
  record.written_at = instant_at(object, "written_at");
  record.expires_at = instant_at(object, "expires_at");
  record.failures = count_at(object, "failures");
  record.refusals = count_at(object, "refusals");
  record.last_outcome = text_at(object, "last_outcome");
  record.worker = text_at(object, "worker");
  if (const auto kept = object.find("kept"); kept != object.end()) record.kept = kept_of(*kept);
  return record;
}

std::string record_key(const schedule::Schedule& schedule) {
  return "prewarm:" + schedule.env + ":schedule:" + schedule.name + ":v" +
         std::to_string(schedule.store.version);
}

std::string kept_key(const std::string& record_key, std::string_view id) {
  return record_key + ":" + schedule::encode_key_text(id);
}

Result<Record> load(store::Store& store, const schedule::Schedule& schedule, BootTime deadline) {
  TRY_ASSIGN(const auto text, store.get_record(record_key(schedule), deadline));
  if (!text) return Record{};
  return decode(*text);
}

Result<void> save(store::Store& store, const schedule::Schedule& schedule, const Record& record,
                  BootTime deadline) {
  return store.put_record(record_key(schedule), encode(record), kRecordTtl, deadline);
}

}  // namespace prewarm::ledger

// SPDX-License-Identifier: Apache-2.0
// Everything small that people write: durations, sizes, instants, store URLs, texts with variables, zone
// names; the whole input as each of them. What is taken is what a plainer reading makes of it, and is written
// and read back as the same; what is refused is refused in words that quote no secret.
#include <ctime>
#include <vector>

#include "fuzz/input.hpp"
#include "prewarm/base/time_text.hpp"
#include "prewarm/base/units.hpp"
#include "prewarm/schedule/pointer.hpp"
#include "prewarm/schedule/zone.hpp"
#include "prewarm/store/store.hpp"
#include "schedule/variables.hpp"
#include "store/store_url.hpp"

using namespace prewarm;

namespace {

template <class T>
void check_error(const Result<T>& result) {
  ENSURE(result.error().kind == ErrorKind::invalid && !result.error().message.empty());
  ENSURE(fuzz::is_printable(result.error().message));
}

void check_duration(std::string_view text) {
  const auto read = parse_duration(text);
  if (!read) return check_error(read);
  std::int64_t total = 0, number = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_digit(c)) {
      number = number * 10 + (c - '0');
      continue;
    }
    const bool ms = c == 'm' && text.substr(i, 2) == "ms";
    total += number * (ms ? 1 : c == 's' ? 1000 : c == 'm' ? 60'000 : c == 'h' ? 3'600'000 : 86'400'000);
    number = 0;
    i += ms ? 1 : 0;
  }
  ENSURE(read->count() == total && number == 0);
  ENSURE(parse_duration(duration_literal(*read)).value() == *read);
  ENSURE(fuzz::is_printable(duration_text(*read)) && !duration_exact(*read).empty());
}

void check_size(std::string_view text) {
  const auto read = parse_bytes(text);
  if (!read) return check_error(read);
  const std::uint64_t number = std::stoull(std::string(text));
  const int bits = text.ends_with("GiB") ? 30 : text.ends_with("MiB") ? 20 : text.ends_with("KiB") ? 10 : 0;
  ENSURE(read->count == number << bits && read->count >> bits == number);
  ENSURE(!size_text(read->count).empty());
}

void check_instant(std::string_view text) {
  const auto stored = parse_instant(text);
  const auto read = parse_rfc3339(text);
  if (stored) ENSURE(instant_text(*stored) == text && read.ok() && *read == *stored);
  if (!read) return check_error(read);
  ENSURE(parse_rfc3339(instant_text(*read)).value() == *read);
  std::tm time{};
  const std::string date(text.substr(0, 19));
  ENSURE(std::sscanf(date.c_str(), "%4d-%2d-%2d%*c%2d:%2d:%2d", &time.tm_year, &time.tm_mon, &time.tm_mday,
                     &time.tm_hour, &time.tm_min, &time.tm_sec) == 6);
  time.tm_year -= 1900;
  time.tm_mon -= 1;
  std::int64_t seconds = timegm(&time);
  if (const auto sign = text.find_first_of("+-", 19); sign != std::string_view::npos) {
    const std::string offset(text.substr(sign));
    const int minutes = std::stoi(offset.substr(1, 2)) * 60 + std::stoi(offset.substr(4, 2));
    seconds -= (offset[0] == '-' ? -60 : 60) * minutes;
  }
  ENSURE(std::chrono::floor<std::chrono::seconds>(*read).time_since_epoch().count() == seconds);
}

void check_store_url(std::string_view text) {
  constexpr std::string_view kCanary = "s3cret";
  const auto read = store::parse_store_url(text);
  if (!read) {
    check_error(read);
    ENSURE(read.error().message.find(kCanary) == std::string::npos);
    ENSURE(read.error().remedy.find(kCanary) == std::string::npos);
    return;
  }
  ENSURE(read->password.empty() || store::url_holds_password(text));
  ENSURE(fuzz::is_printable(read->target) && fuzz::is_printable(read->user) &&
         fuzz::is_printable(read->path));
  ENSURE(read->target.starts_with(text.substr(0, text.find(':') + 1)));
  if (read->kind == store::StoreKind::sqlite) return ENSURE(!read->path.empty() && read->path[0] != ':');
  if (read->kind == store::StoreKind::redis_unix)
    return ENSURE(read->path[0] == '/' && read->path.size() <= 107);
  // What is shown is a URL of the same place, without a login.
  const auto again = store::parse_store_url(read->target);
  ENSURE(again.ok() && again->host == read->host && again->port == read->port && again->db == read->db);
  ENSURE(again->target == read->target && again->user.empty() && again->password.empty() && read->port > 0);
}

// Nothing: not a text with variables.
std::optional<std::string> plainly_filled(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$') {
      out += text[i];
      continue;
    }
    if (text.substr(i, 2) == "$$") {
      out += '$';
      ++i;
      continue;
    }
    const auto end = text.find('}', i);
    if (text.substr(i, 2) != "${" || end == std::string_view::npos) return std::nullopt;
    const std::string_view inside = text.substr(i + 2, end - i - 2);
    const std::string_view name = inside.substr(0, inside.find(":-"));
    if (name.empty() || name[0] < 'A' || name[0] > 'Z' || name.starts_with("PREWARM_")) return std::nullopt;
    if (name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != std::string_view::npos)
      return std::nullopt;
    const bool fallback = name.size() != inside.size();
    const std::string_view instead = fallback ? inside.substr(name.size() + 2) : std::string_view();
    if (instead.find('$') != std::string_view::npos) return std::nullopt;
    // The value of a variable is its own name; one that begins with E is empty, with U not set.
    const bool has = name[0] != 'E' && name[0] != 'U';
    out += has ? name : instead;
    i = end;
  }
  return out;
}

void check_variables(std::string_view text) {
  const auto read = schedule::parse_text(text);
  const auto plain = plainly_filled(text);
  const auto* pieces = std::get_if<schedule::TextPieces>(&read);
  ENSURE((pieces != nullptr) == plain.has_value());
  if (!pieces) {
    const auto& complaint = std::get<schedule::Complaint>(read);
    ENSURE(complaint.code == 304 || complaint.code == 305);
    return;
  }
  schedule::LoadInput input;
  input.variable = [](std::string_view name) -> std::optional<std::string> {
    if (name[0] == 'U' || name.ends_with("_FILE")) return std::nullopt;
    return name[0] == 'E' ? "" : std::string(name);
  };
  input.read_file = [](const std::string&) -> Result<std::string> { return Error{}; };
  if (text.find("_FILE") != std::string_view::npos) return;
  const auto filled = schedule::fill_text(*pieces, input, {.may_be_empty = true});
  if (!filled.unset) ENSURE(filled.text == *plain);
  bool unset = false;
  for (const auto& piece : *pieces)
    unset = unset || (piece.variable && piece.text[0] == 'U' && !piece.fallback);
  ENSURE(filled.unset == unset && filled.complaints.empty() == !unset);
}

void check_zone(std::string_view text) {
  // No name leads out of the folder of zones, and only what is there is loaded. To suggest another one all
  // are looked at, so texts that are none by far are left out.
  if (text.size() > 40 || text.find('/') == std::string_view::npos ||
      text.find(':') != std::string_view::npos)
    return;
  const auto zone = schedule::Zone::load(text);
  if (!zone) return check_error(zone);
  ENSURE(zone->name() == text && text.find("..") == std::string_view::npos && !text.starts_with('/'));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_duration(text);
  check_size(text);
  check_instant(text);
  check_store_url(text);
  check_variables(text);
  check_zone(text);
  if (const auto pointer = schedule::Pointer::parse(text); !pointer) check_error(pointer);
  return 0;
}

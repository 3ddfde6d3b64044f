// SPDX-License-Identifier: Apache-2.0
// The three date forms of RFC 9110 5.6.7, after "Sun":
//   ", 06 Nov 1994 08:49:37 GMT"    IMF-fixdate
//   "day, 06-Nov-94 08:49:37 GMT"   RFC 850
//   " Nov  6 08:49:37 1994"         asctime
#include "upstream/http_date.hpp"

#include <array>

namespace prewarm::upstream {
namespace {

// Reads from the front of a text; the first thing that does not fit spoils the rest.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  void expect(std::string_view text) {
    if (rest_.substr(0, text.size()) != text) return spoil();
    rest_.remove_prefix(text.size());
  }
  // Exactly so many digits; a blank may stand for the first one of asctime's day.
  int number(std::size_t width, bool blank = false) {
    if (rest_.size() < width) return spoil(), 0;
    auto digits = rest_.substr(0, width);
    rest_.remove_prefix(width);
    if (blank && digits.front() == ' ') digits.remove_prefix(1);
    int value = 0;
    for (const char c : digits) {
      if (c < '0' || c > '9') return spoil(), 0;
      value = value * 10 + (c - '0');
    }
    return value;
  }
  // Index of the name that comes next.
  template <std::size_t N>
  unsigned one_of(const std::array<std::string_view, N>& names) {
    for (unsigned i = 0; i < N; ++i)
      if (rest_.substr(0, names[i].size()) == names[i]) return rest_.remove_prefix(names[i].size()), i;
    return spoil(), 0;
  }
  bool starts_with(std::string_view text) const { return rest_.substr(0, text.size()) == text; }
  bool done() const { return sound_ && rest_.empty(); }

 private:
  void spoil() {
    sound_ = false;
    rest_ = {};
  }
  std::string_view rest_;
  bool sound_ = true;
};

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
// The long names of RFC 850 first: the short ones are their beginnings.
constexpr std::array<std::string_view, 14> kDays = {"Monday",   "Tuesday", "Wednesday", "Thursday", "Friday",
                                                    "Saturday", "Sunday",  "Mon",       "Tue",      "Wed",
                                                    "Thu",      "Fri",     "Sat",       "Sun"};

struct DateParts {
  int year = 0, day = 0, hour = 0, minute = 0, second = 0;
  unsigned month = 0;
};

void read_time(Reader& reader, DateParts& parts) {
  parts.hour = reader.number(2);
  reader.expect(":");
  parts.minute = reader.number(2);
  reader.expect(":");
  parts.second = reader.number(2);
}

// Two digits mean the year that ends in them and is at most 50 years ahead, the latest of those.
int whole_year(int two_digits, WallTime now) {
  const std::chrono::year_month_day today(std::chrono::floor<std::chrono::days>(now));
  const int latest = static_cast<int>(today.year()) + 50;
  const int year = latest - latest % 100 + two_digits;
  return year > latest ? year - 100 : year;
}

std::optional<std::chrono::sys_seconds> instant_of(const DateParts& parts) {
  namespace chrono = std::chrono;
  const chrono::year_month_day date(chrono::year(parts.year), chrono::month(parts.month),
                                    chrono::day(static_cast<unsigned>(parts.day)));
  if (!date.ok() || parts.hour > 23 || parts.minute > 59 || parts.second > 60) return std::nullopt;
  return chrono::sys_days(date) + chrono::hours(parts.hour) + chrono::minutes(parts.minute) +
         chrono::seconds(parts.second);
}

}  // namespace

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text, WallTime now) {
  Reader reader(text);
  DateParts parts;
  reader.one_of(kDays);
  if (reader.starts_with(" ")) {
    reader.expect(" ");
    parts.month = reader.one_of(kMonths) + 1;
    reader.expect(" ");
    parts.day = reader.number(2, true);
    reader.expect(" ");
    read_time(reader, parts);
    reader.expect(" ");
    parts.year = reader.number(4);
    return reader.done() ? instant_of(parts) : std::nullopt;
  }
  reader.expect(", ");
  parts.day = reader.number(2);
  const bool rfc850 = reader.starts_with("-");
  const std::string_view link = rfc850 ? "-" : " ";
  reader.expect(link);
  parts.month = reader.one_of(kMonths) + 1;
  reader.expect(link);
  parts.year = rfc850 ? whole_year(reader.number(2), now) : reader.number(4);
  reader.expect(" ");
  read_time(reader, parts);
  reader.expect(" GMT");
  return reader.done() ? instant_of(parts) : std::nullopt;
}

}  // namespace prewarm::upstream

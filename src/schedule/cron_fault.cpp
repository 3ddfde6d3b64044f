// SPDX-License-Identifier: Apache-2.0
// Says what is wrong with one item of a field, and how to write what was probably meant. A spelling is
// offered only if it parses.
#include <algorithm>
#include <charconv>
#include <cstdio>

#include "cron_fault_text.hpp"
#include "cron_grammar.hpp"
#include "prewarm/base/ascii.hpp"

namespace prewarm::schedule {
namespace {

struct Said {
  std::string reason;
  std::string remedy;
};

bool has(std::string_view text, std::string_view any_of) { return text.find_first_of(any_of) != text.npos; }
bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}
std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

bool parses(const FieldRule& rule, std::string_view list) {
  FieldSet ignored;
  for (;;) {
    const auto comma = list.find(',');
    if (parse_item(rule, list.substr(0, comma), ignored) != Cause::none) return false;
    if (comma == list.npos) return true;
    list.remove_prefix(comma + 1);
  }
}

std::string general_remedy(const FieldRule& rule) {
  const std::string low = std::to_string(rule.min);
  const std::string high = std::to_string(rule.largest());
  std::string text = "numbers from " + low + " to " + high;
  if (rule.field == CronField::weekday) text += ", 0 and 7 are Sunday";
  if (!rule.names.empty())
    text += ", or names from " + std::string(rule.names.front()) + " to " + std::string(rule.names.back());
  return text + ", as \"" + low + "\", \"" + low + "-" + high + "\" or \"*/2\", joined by commas";
}

// `spelling` in quotes if it is one, else what the field takes; `meaning` follows the quotes.
std::string offer(const FieldRule& rule, const std::string& spelling, std::string_view meaning = "") {
  return parses(rule, spelling) ? in_quotes(spelling) + std::string(meaning) : general_remedy(rule);
}

std::optional<Said> not_ascii(const FieldRule& rule, std::string_view item) {
  const bool foreign = std::any_of(item.begin(), item.end(), [](char c) { return c < ' ' || c > '~'; });
  if (!foreign) return std::nullopt;
  return Said{"holds something other than ASCII digits, letters and signs", offer(rule, ascii_of(item))};
}

std::optional<Said> other_dialect(const FieldRule& rule, std::string_view item) {
  if (has(item, "~"))
    return Said{
        "asks for a random time, which would differ between workers",
        offer(rule, std::string(item.substr(0, item.find('~')))) + " with \"jitter\" to spread the starts"};
  if ((item[0] == 'H' || item[0] == 'h') && (item.size() == 1 || !is_letter(item[1]))) {
    const auto slash = item.find('/');
    const std::string plain =
        slash == item.npos ? std::to_string(rule.min) : "*" + std::string(item.substr(slash));
    return Said{"asks for a hashed time, as in Jenkins",
                offer(rule, plain) + " with \"jitter\" to spread the starts"};
  }
  if (has(item, "?")) {
    std::string star(item);
    std::replace(star.begin(), star.end(), '?', '*');
    return Said{
        rule.is_day_field() ? "has a ? that does not stand alone" : "has a ?, which only days may have",
        offer(rule, star)};
  }
  return std::nullopt;
}

std::optional<Said> sign(const FieldRule& rule, std::string_view item) {
  if (!has(item, "+") && item[0] != '-') return std::nullopt;
  std::string plain(item);
  plain.erase(std::remove(plain.begin(), plain.end(), '+'), plain.end());
  if (!plain.empty() && plain[0] == '-') plain.erase(0, 1);
  return Said{"has a sign", offer(rule, plain)};
}

// L, W and # used in ways that other programs know, or in the wrong case.
std::optional<Said> day_of_month_letters(const FieldRule& rule, std::string_view item) {
  if (rule.field != CronField::day || !has(item, "LlWw")) return std::nullopt;
  if (has(item, "lw")) return Said{"has a lower-case letter", offer(rule, upper(item))};
  if (item.substr(0, 2) == "L-")
    return Said{"counts back from the last day, which is not supported",
                "\"L\" for the last day, or a day that every month has, such as \"26\""};
  if (item == "WL") return Said{"is not a day", in_quotes("LW") + " for the last weekday of the month"};
  if (item.back() == 'W' && has(item, "-"))
    return Said{"asks for the weekday nearest a range",
                offer(rule, std::string(item.substr(0, item.find('-'))) + "W", " for one day")};
  if (item == "W") return Said{"has no day to be near", "\"15W\" for the weekday nearest the 15th"};
  return std::nullopt;
}
std::optional<Said> day_of_week_letters(const FieldRule& rule, std::string_view item) {
  if (rule.field != CronField::weekday) return std::nullopt;
  if (item == "L" || item == "l")
    return Said{"does not say the last of which day", "\"6\" for Saturday, or \"5L\" for the last Friday"};
  const auto hash = item.find('#');
  const bool last = item.back() == 'L' || item.back() == 'l';
  if (hash == item.npos && !(last && item.size() > 1)) return std::nullopt;
  const std::string day(item.substr(0, hash == item.npos ? item.size() - 1 : hash));
  if (has(day, "-*/"))
    return Said{"counts more than one day of the week", "each by itself, as \"1#2,3#2\" or \"1L,3L\""};
  if (last) return Said{"has a lower-case letter", offer(rule, upper(item))};
  if (parses(rule, day))
    return Said{"is not the first to fifth or last of the month", in_quotes(day + "#1") + " to " +
                                                                      in_quotes(day + "#5") + ", or " +
                                                                      in_quotes(day + "L") + " for the last"};
  return std::nullopt;
}

std::optional<Said> names(const FieldRule& rule, std::string_view item) {
  // Each run of letters longer than a name is cut to one.
  std::string shorter;
  bool unknown = false;
  bool too_long = false;
  for (std::size_t i = 0; i < item.size();) {
    std::size_t end = i;
    while (end < item.size() && is_letter(item[end])) ++end;
    const auto word = item.substr(i, end - i);
    if (!word.empty() && !named_value(rule, word.substr(0, 3))) unknown = true;
    if (word.size() > 3) too_long = true;
    shorter += upper(word.substr(0, 3));
    if (end < item.size()) shorter += item[end++];
    i = end;
  }
  if (unknown && rule.names.empty())
    return Said{"has letters; this field takes numbers only", general_remedy(rule)};
  if (unknown) return Said{"has an unknown name", general_remedy(rule)};
  if (too_long) return Said{"has a long name; names have three letters", offer(rule, shorter)};
  return std::nullopt;
}

std::optional<Said> steps(const FieldRule& rule, std::string_view item, Cause cause) {
  const auto slash = item.find('/');
  if (slash == item.npos) return std::nullopt;
  const std::string before(item.substr(0, slash));
  const std::string after(item.substr(slash));
  if (cause == Cause::zero_step) return Said{"has step 0", offer(rule, before, " or a step from 1")};
  if (before.empty()) return Said{"has a step without a range", offer(rule, "*" + after)};
  if (cause == Cause::no_range) {
    const std::string top = rule.names.empty() || is_digit(before[0])
                                ? std::to_string(rule.max)
                                : std::string(rule.field == CronField::weekday ? "SUN" : rule.names.back());
    std::string remedy = offer(rule, before + "-" + top + after);
    if (all_digits(before) && std::stoi("0" + before.substr(0, 4)) == rule.min && parses(rule, "*" + after))
      remedy += " or " + in_quotes("*" + after);
    return Said{"has a step without a range", remedy};
  }
  if (after == "/") return Said{"has no number after the /", offer(rule, before, " or a step from 1")};
  return std::nullopt;
}

// Of digits that parse_item() has read already.
int number_of(std::string_view digits) {
  int number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

// "22-2": the two ranges that go round the end; with a step, the values themselves.
std::string around_the_end(const FieldRule& rule, std::string_view item) {
  const auto dash = item.find('-');
  const auto slash = item.find('/');
  const std::string first = upper(item.substr(0, dash));
  const std::string last = upper(item.substr(dash + 1, slash == item.npos ? slash : slash - dash - 1));
  const auto value = [&](const std::string& word) {
    return named_value(rule, word).value_or(number_of(word));
  };
  if (slash != item.npos) {
    std::string list;
    const int step = number_of(item.substr(slash + 1));
    const int end = value(last) + rule.cycle();
    for (int v = value(first); step > 0 && v <= end; v += step)
      list += (list.empty() ? "" : ",") + std::to_string(v > rule.max ? v - rule.cycle() : v);
    return list;
  }
  const bool named = is_letter(first[0]);
  const bool weekday = rule.field == CronField::weekday;
  if (weekday && value(first) == 7) return "0-" + last;
  const std::string top =
      named ? std::string(weekday ? "SUN" : rule.names.back()) : std::to_string(rule.largest());
  const int low = weekday ? 1 : rule.min;
  const std::string bottom =
      named ? std::string(rule.names[static_cast<std::size_t>(low - rule.min)]) : std::to_string(low);
  return (first == top ? first : first + "-" + top) + "," + (value(last) == low ? last : bottom + "-" + last);
}

Said out_of_range(const FieldRule& rule, std::string_view item) {
  std::string reason = "is not within " + std::to_string(rule.min) + " to " + std::to_string(rule.largest());
  if (rule.field == CronField::hour && item == "24") return {std::move(reason), "\"0\" for midnight"};
  if (rule.field == CronField::minute && item == "60") return {std::move(reason), "\"0\" for the full hour"};
  if (rule.field == CronField::weekday && item == "8") return {std::move(reason), "\"1\" for Monday"};
  // "0-24": up to the largest there is.
  if (const auto dash = item.find('-'); dash != item.npos)
    if (const auto low = item.substr(0, dash); parses(rule, low))
      return {std::move(reason), offer(rule, std::string(low) + "-" + std::to_string(rule.max))};
  return {std::move(reason), general_remedy(rule)};
}

Said said_of(const FieldRule& rule, std::string_view item, Cause cause) {
  if (auto said = not_ascii(rule, item)) return *said;
  if (cause == Cause::backward) return {"runs backward", offer(rule, around_the_end(rule, item))};
  if (cause == Cause::out_of_range) return out_of_range(rule, item);
  if (auto said = other_dialect(rule, item)) return *said;
  if (auto said = sign(rule, item)) return *said;
  if (auto said = day_of_month_letters(rule, item)) return *said;
  if (auto said = day_of_week_letters(rule, item)) return *said;
  if (auto said = steps(rule, item, cause)) return *said;
  if (auto said = names(rule, item)) return *said;
  const bool slash_missing = item.size() > 1 && item[0] == '*' && all_digits(item.substr(1));
  return {"is not a value, a range or a step",
          slash_missing ? offer(rule, "*/" + std::string(item.substr(1))) : general_remedy(rule)};
}

}  // namespace

CronFault item_fault(const FieldRule& rule, std::string_view item, Cause cause) {
  // The words are about the beginning of an item that is absurdly long; it is refused all the same.
  Said said = said_of(rule, item.substr(0, kItemLookedAt), cause);
  return {std::string(rule.title), shown(item), std::move(said.reason), std::move(said.remedy)};
}

CronFault empty_item_fault(const FieldRule& rule, std::string_view field) {
  const std::string_view seen = field.substr(0, kItemLookedAt);
  std::string kept;
  for (std::size_t i = 0; i < seen.size();) {
    const auto end = std::min(seen.find(',', i), seen.size());
    if (end > i) kept += (kept.empty() ? "" : ",") + std::string(seen.substr(i, end - i));
    i = end + 1;
  }
  return {std::string(rule.title), shown(field), "has an empty item", offer(rule, kept.empty() ? "*" : kept)};
}

std::string fault_text(const CronFault& fault) {
  return fault.field + " \"" + fault.item + "\" " + fault.reason;
}

}  // namespace prewarm::schedule

// SPDX-License-Identifier: Apache-2.0
#include "words_list.hpp"

#include <array>
#include <cstdio>

namespace prewarm::schedule {

std::vector<int> values_in(std::uint64_t set) {
  std::vector<int> values;
  for (int n = 0; n < 64; ++n)
    if ((set >> n & 1) != 0) values.push_back(n);
  return values;
}

std::optional<int> common_step(const std::vector<int>& values) {
  if (values.size() < 2) return std::nullopt;
  const int step = values[1] - values[0];
  for (std::size_t i = 2; i < values.size(); ++i)
    if (values[i] - values[i - 1] != step) return std::nullopt;
  return step;
}

std::string listed(const std::vector<std::string>& parts, std::string_view last) {
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += i + 1 == parts.size() ? " " + std::string(last) + " " : ", ";
    out += parts[i];
  }
  return out;
}

std::string listed_values(const std::vector<int>& values, const std::function<std::string(int)>& name) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < values.size();) {
    std::size_t end = i + 1;
    while (end < values.size() && values[end] == values[end - 1] + 1) ++end;
    if (end - i >= 3) {
      parts.push_back(name(values[i]) + " to " + name(values[end - 1]));
      i = end;
    } else {
      parts.push_back(name(values[i++]));
    }
  }
  return listed(parts);
}

std::string listed_numbers(const std::vector<int>& values) {
  return listed_values(values, [](int n) { return std::to_string(n); });
}

std::string numbered(const std::string& noun, const std::vector<int>& values) {
  return noun + (values.size() == 1 ? " " : "s ") + listed_numbers(values);
}

std::string ordinal(int n) {
  const bool teen = n % 100 / 10 == 1;
  const char* ending = teen ? "th" : n % 10 == 1 ? "st" : n % 10 == 2 ? "nd" : n % 10 == 3 ? "rd" : "th";
  return std::to_string(n) + ending;
}

std::string time_of_day(int minute) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%02d:%02d", minute / 60, minute % 60);
  return text.data();
}

}  // namespace prewarm::schedule

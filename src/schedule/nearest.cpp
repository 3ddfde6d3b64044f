// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "prewarm/schedule/catalog.hpp"

namespace prewarm::schedule {
namespace {

constexpr std::size_t kSuggestions = 3;
// Longer words are no misspelt names; comparing them would only cost time.
constexpr std::size_t kLongestWord = 128;

// "stale_after" and "StaleAfter" are the same word to a person.
std::string folded(std::string_view word) {
  std::string out;
  for (const char c : word) {
    if (c == '-' || c == '_') continue;
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

// Damerau-Levenshtein (optimal string alignment): insertions, deletions, replacements, neighbours swapped.
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

}  // namespace

std::vector<std::string> nearest(std::string_view word, const std::vector<std::string>& known) {
  std::vector<std::pair<std::size_t, std::string>> close;
  if (word.size() > kLongestWord) return {};
  const std::string meant = folded(word);
  for (const std::string& candidate : known) {
    const std::string name = folded(candidate);
    // One slip in a short word, one more for every third letter of a long one.
    const std::size_t most = std::max<std::size_t>(1, std::min(meant.size(), name.size()) / 3);
    const std::size_t length_gap = std::max(meant.size(), name.size()) - std::min(meant.size(), name.size());
    if (length_gap > most) continue;
    if (const std::size_t slips = distance(meant, name); slips <= most) close.emplace_back(slips, candidate);
  }
  std::stable_sort(close.begin(), close.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  if (close.size() > kSuggestions) close.resize(kSuggestions);
  std::vector<std::string> names;
  for (auto& [slips, name] : close)
    if (slips <= close.front().first + 1) names.push_back(std::move(name));
  return names;
}

}  // namespace prewarm::schedule

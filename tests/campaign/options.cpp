// SPDX-License-Identifier: Apache-2.0
#include "campaign/options.hpp"

#include <charconv>
#include <string_view>

namespace prewarm::campaign {
namespace {

bool read_size(const std::string& text, Size& size) {
  for (const Size known : {Size::ci, Size::nightly, Size::release})
    if (size_text(known) == text) return size = known, true;
  return false;
}

bool read_number(const std::string& text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string size_text(Size size) {
  if (size == Size::ci) return "ci";
  return size == Size::nightly ? "nightly" : "release";
}

std::optional<Options> parse_options(int count, char** words) {
  if (count < 2) return std::nullopt;
  Options options{words[1]};
  for (int i = 2; i < count; i += 2) {
    if (i + 1 == count) return std::nullopt;
    const std::string name = words[i], value = words[i + 1];
    const bool read = (name == "--size" && read_size(value, options.size)) ||
                      (name == "--seed" && read_number(value, options.seed)) ||
                      (name == "--only" && !value.empty() && (options.only = value, true));
    if (!read) return std::nullopt;
  }
  return options;
}

}  // namespace prewarm::campaign

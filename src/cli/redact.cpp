// SPDX-License-Identifier: Apache-2.0
#include "cli/redact.hpp"

#include <algorithm>

namespace prewarm::cli {
namespace {

constexpr std::string_view kGone = "…";
constexpr std::string_view kEnds = " \t\r\n\"";  // what a URL in a sentence ends with

// A password may hold '/' and '@' itself, so all up to the last '@' goes.
std::string without_user(std::string_view text) {
  std::string out;
  for (;;) {
    const std::size_t scheme = text.find("//");
    if (scheme == std::string_view::npos) return out.append(text);
    const std::size_t end = std::min(text.find_first_of(kEnds, scheme), text.size());
    const std::size_t at = text.substr(0, end).rfind('@');
    out.append(text.substr(0, scheme + 2));
    const bool has_user = at != std::string_view::npos && at > scheme;
    if (has_user) out.append(kGone);
    text.remove_prefix(has_user ? at : scheme + 2);
  }
}

std::string without_password(std::string_view text) {
  constexpr std::string_view kName = "password=";
  std::string out;
  for (;;) {
    const std::size_t name = text.find(kName);
    if (name == std::string_view::npos) return out.append(text);
    const std::size_t value = name + kName.size();
    out.append(text.substr(0, value));
    const std::size_t end = std::min(text.find_first_of(" \t\r\n\"&", value), text.size());
    if (end > value) out.append(kGone);
    text.remove_prefix(end);
  }
}

}  // namespace

std::string without_credentials(std::string_view text) { return without_password(without_user(text)); }

}  // namespace prewarm::cli

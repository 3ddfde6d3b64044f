// SPDX-License-Identifier: Apache-2.0
#include "tokens.hpp"

#include <algorithm>

namespace prewarm::schedule {
namespace {

constexpr std::string_view kBetweenTokens = " \t\r\n";

// One past the closing quote of the string that begins at `at`.
std::size_t string_end(std::string_view text, std::size_t at) {
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == '"')
      return i + 1;
  }
  return text.size();
}

// One past the number that begins at `at`, by JSON's grammar: "12abc" is 12, and then something else.
std::size_t number_end(std::string_view text, std::size_t at) {
  const auto here = [&](std::string_view set) {
    return at < text.size() && set.find(text[at]) != std::string_view::npos;
  };
  const auto digits = [&] {
    while (here("0123456789")) ++at;
  };
  if (here("-")) ++at;
  if (here("0"))
    ++at;
  else
    digits();
  if (here(".")) {
    ++at;
    digits();
  }
  if (!here("eE")) return at;
  ++at;
  if (here("+-")) ++at;
  digits();
  return at;
}

std::size_t token_end(std::string_view text, std::size_t at) {
  switch (text[at]) {
    case '"':
      return string_end(text, at);
    case 't':
    case 'n':
      return std::min(at + 4, text.size());
    case 'f':
      return std::min(at + 5, text.size());
    default:
      return std::string_view("{}[]").find(text[at]) != std::string_view::npos ? at + 1
                                                                               : number_end(text, at);
  }
}

}  // namespace

std::optional<std::size_t> skip_filler(std::string_view text, std::size_t& at) {
  while (at < text.size()) {
    if (kBetweenTokens.find(text[at]) != std::string_view::npos) {
      ++at;
    } else if (text.substr(at, 2) == "//") {
      at = std::min(text.find_first_of("\r\n", at), text.size());
    } else if (text.substr(at, 2) == "/*") {
      const std::size_t end = text.find("*/", at + 2);
      if (end == std::string_view::npos) return std::nullopt;
      at = end + 2;
    } else {
      break;
    }
  }
  return at;
}

Tokens::Token Tokens::next() {
  while (skip_filler(text_, at_) && at_ < text_.size() && (text_[at_] == ',' || text_[at_] == ':')) ++at_;
  const std::size_t begin = at_;
  if (begin < text_.size()) at_ = token_end(text_, begin);
  return {begin, text_.substr(begin, at_ - begin)};
}

}  // namespace prewarm::schedule

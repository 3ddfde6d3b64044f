// SPDX-License-Identifier: Apache-2.0
#include "upstream/link.hpp"

#include <algorithm>
#include "prewarm/base/ascii.hpp"

namespace prewarm::upstream {
namespace {

// RFC 9110, 5.6.2.
bool in_token(char c) noexcept {
  return is_digit(c) || is_letter(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}
bool is_control(char c) noexcept { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; }
// More than a token holds: RFC 5988 had media types without quotes.
bool in_bare_value(char c) noexcept {
  return !is_blank(c) && !is_control(c) && std::string_view("\"<>\\").find(c) == std::string_view::npos;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  std::optional<std::vector<Link>> all() {
    std::vector<Link> links;
    while (true) {
      do skip_blanks();
      while (eat(','));
      if (rest_.empty()) return links;
      if (!link(links.emplace_back())) return std::nullopt;
      if (!rest_.empty() && rest_.front() != ',') return std::nullopt;
    }
  }

 private:
  void skip_blanks() noexcept {
    while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
  }
  bool eat(char c) noexcept {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::string_view take(std::size_t count) noexcept {
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  // Up to the comma behind it, or the end.
  bool link(Link& out) {
    const auto end = rest_.find('>');
    if (!eat('<') || end == std::string_view::npos) return false;
    out.target = take(end - 1);
    rest_.remove_prefix(1);
    bool has_rel = false;
    while (true) {
      skip_blanks();
      if (!eat(';')) return true;
      skip_blanks();
      if (!parameter(out, has_rel)) return false;
    }
  }

  // May be empty. Of repeated ones the first counts (RFC 8288, 3.3).
  bool parameter(Link& out, bool& has_rel) {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), in_token);
    const std::string_view name = take(static_cast<std::size_t>(end - rest_.begin()));
    skip_blanks();
    std::string text;
    if (eat('=')) {
      skip_blanks();
      if (name.empty() || !value(text)) return false;
    }
    if (same_word(name, "rel") && !has_rel) {
      has_rel = true;
      out.relations = std::move(text);
    } else if (same_word(name, "anchor") && !out.anchor) {
      out.anchor = std::move(text);
    }
    return true;
  }

  bool value(std::string& out) {
    if (eat('"')) return quoted(out);
    const auto end = std::min(rest_.find_first_of(";,"), rest_.size());
    std::string_view text = take(end);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    out = text;
    return std::all_of(text.begin(), text.end(), in_bare_value);
  }

  bool quoted(std::string& out) {
    while (!rest_.empty()) {
      char c = take(1).front();
      if (c == '"') return true;
      if (c == '\\') {
        if (rest_.empty()) return false;
        c = take(1).front();
      }
      if (is_control(c)) return false;
      out += c;
    }
    return false;
  }

  std::string_view rest_;
};

}  // namespace

bool Link::is(std::string_view relation) const noexcept {
  for (std::string_view rest = relations; !rest.empty();) {
    const auto end = std::min(rest.find_first_of(" \t"), rest.size());
    if (same_word(rest.substr(0, end), relation)) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

std::optional<std::vector<Link>> parse_links(std::string_view text) { return Parser(text).all(); }

}  // namespace prewarm::upstream

// SPDX-License-Identifier: Apache-2.0
#include "shape/find.hpp"

#include <algorithm>
#include <charconv>

#include "prewarm/base/check.hpp"
#include "prewarm/base/json.hpp"
#include "prewarm/base/json_text.hpp"
#include "prewarm/base/json_walk.hpp"
#include "prewarm/base/planted.hpp"
#include "prewarm/shape/shape.hpp"

namespace prewarm::shape {
namespace {

bool opens(std::string_view text, std::size_t at) noexcept {
  return at < text.size() && (text[at] == '{' || text[at] == '[');
}

// RFC 6901, section 4: digits without leading zeros.
bool is_index(std::string_view token, std::size_t index) noexcept {
  std::size_t value = 0;
  const auto end = token.data() + token.size();
  const auto read = std::from_chars(token.data(), end, value);
  return read.ec == std::errc() && read.ptr == end && value == index &&
         (token[0] != '0' || token.size() == 1);
}

bool leads_to(const JsonWalk& walk, std::string_view token) {
  return walk.object() ? walk.named(token) : is_index(token, walk.count() - 1);
}

std::optional<std::size_t> step(std::string_view text, std::size_t at, std::string_view token) {
  if (!opens(text, at)) return std::nullopt;
  std::optional<std::size_t> last;
  for (JsonWalk walk(text, at); walk.next();)
    if (leads_to(walk, token)) {
      if (!planted(Plant::last_member_selected)) return walk.value_at();
      last = walk.value_at();
    }
  return last;
}

}  // namespace

std::optional<std::size_t> find_at(std::string_view text, std::size_t at, const schedule::Pointer& pointer) {
  std::optional<std::size_t> place = at;
  for (const std::string& token : pointer.tokens()) {
    place = step(text, *place, token);
    if (!place) break;
  }
  return place;
}

std::optional<std::string_view> find_value(std::string_view text, std::size_t at,
                                           const schedule::Pointer& pointer) {
  const auto place = find_at(text, at, pointer);
  if (!place) return std::nullopt;
  return value_at(text, *place);
}

std::string_view value_at(std::string_view text, std::size_t at) noexcept {
  if (skip_json_space(text, 0) == at) return trim_json(text);
  return json_value(text, at);
}

std::string why_missing(std::string_view text, std::size_t at, const schedule::Pointer& pointer) {
  std::size_t border = 0;  // pointer.text() up to here has been found
  for (const std::string& token : pointer.tokens()) {
    const auto next = step(text, at, token);
    if (!next) {
      const std::string where = border == 0 ? "the body" : cut_text(pointer.text().substr(0, border), 80);
      const auto type = json_type(text.substr(at)).value_or(JsonType::null);
      if (type == JsonType::object) return where + " has no member " + json_quote(cut_text(token, 80));
      if (type == JsonType::array)
        return where + ", an array, has no element " + json_quote(cut_text(token, 80));
      return where + " is " + (type == JsonType::null ? "null" : "a " + std::string(json_type_name(type)));
    }
    at = *next;
    border = std::min(pointer.text().find('/', border + 1), pointer.text().size());
  }
  return "";
}

PointerSet::PointerSet(const std::vector<const schedule::Pointer*>& pointers) {
  for (std::size_t i = 0; i < pointers.size(); ++i) {
    Node* node = &root_;
    for (const std::string& token : pointers[i]->tokens()) {
      auto child = std::find_if(node->children.begin(), node->children.end(),
                                [&](const Node& other) { return other.token == token; });
      if (child == node->children.end()) child = node->children.insert(child, Node{token, {}, {}});
      ENSURE(node->children.size() <= 64);
      node = &*child;
    }
    node->wanted.push_back(i);
  }
}

std::size_t PointerSet::find(std::string_view text, std::size_t at,
                             std::vector<std::string_view>& found) const {
  std::fill(found.begin(), found.end(), std::string_view());
  return find_in(root_, text, at, found);
}

std::size_t PointerSet::find_in(const Node& node, std::string_view text, std::size_t at,
                                std::vector<std::string_view>& found) const {
  const bool deeper = !node.children.empty() && opens(text, at);
  const std::size_t end = deeper ? find_below(node, text, at, found) : json_value_end(text, at);
  for (const std::size_t wanted : node.wanted) found[wanted] = text.substr(at, end - at);
  return end;
}

std::size_t PointerSet::find_below(const Node& node, std::string_view text, std::size_t at,
                                   std::vector<std::string_view>& found) const {
  std::uint64_t open =
      node.children.size() == 64 ? ~0ULL : (1ULL << node.children.size()) - 1;  // not met yet
  JsonWalk walk(text, at);
  while (open != 0 && walk.next()) {
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      if ((open >> i & 1U) == 0 || !leads_to(walk, node.children[i].token)) continue;
      open &= ~(1ULL << i);
      walk.past(find_in(node.children[i], text, walk.value_at(), found));
      break;
    }
  }
  walk.finish();
  return walk.end();
}

std::optional<std::string_view> slice(std::string_view json, const schedule::Pointer& pointer) {
  return find_value(json, skip_json_space(json, 0), pointer);
}

}  // namespace prewarm::shape

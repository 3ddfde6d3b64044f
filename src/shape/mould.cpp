// SPDX-License-Identifier: Apache-2.0
#include "shape/mould.hpp"

#include "prewarm/base/json_text.hpp"
#include "prewarm/base/json_walk.hpp"
#include "prewarm/base/planted.hpp"
#include "prewarm/base/units.hpp"
#include "shape/find.hpp"

namespace prewarm::shape {
namespace {

using schedule::PickMember;
using schedule::ShapeSpec;

constexpr std::size_t kPointerShown = 80;

// `{"as":`
std::string opening(const ShapeSpec& shape) { return shape.as.empty() ? "" : "{\"" + shape.as + "\":"; }

// Writes the members of `pick` out of one element, in the order written, compact.
class Picker {
 public:
  explicit Picker(const std::vector<PickMember>& members) : members_(members), pointers_(sources(members)) {
    for (const PickMember& member : members) names_.push_back(json_quote(member.name) + ":");
    found_.resize(members.size());
  }

  /// Returns where the element ends.
  std::size_t append(std::string_view text, std::size_t at, std::string& out) {
    const std::size_t end = pointers_.find(text, at, found_);
    char separator = '{';
    std::size_t next_found = 0;
    for (std::size_t i = 0; i < members_.size(); ++i) {
      out += separator;
      separator = ',';
      out += names_[i];
      const auto* constant = std::get_if<std::string>(&members_[i].source);
      const std::string_view value = constant != nullptr ? std::string_view(*constant) : found_[next_found++];
      if (planted(Plant::numbers_rewritten) && json_type(value) == JsonType::number)
        out += std::to_string(std::strtod(std::string(value).c_str(), nullptr));
      else
        out += value.empty() ? "null" : value;
    }
    out += '}';
    return end;
  }

 private:
  static std::vector<const schedule::Pointer*> sources(const std::vector<PickMember>& members) {
    std::vector<const schedule::Pointer*> pointers;
    for (const PickMember& member : members)
      if (const auto* pointer = std::get_if<schedule::Pointer>(&member.source)) pointers.push_back(pointer);
    return pointers;
  }

  const std::vector<PickMember>& members_;
  PointerSet pointers_;
  std::vector<std::string> names_;
  std::vector<std::string_view> found_;
};

// The value that `select` found: where it begins in the body, and how many bytes may be made of it.
struct Selected {
  std::string_view body;
  std::size_t at = 0;
  std::size_t most = 0;
};

// Elements picked from or taken as they are, at most `limit`; returns how many. Ends early beyond `most`
// bytes.
std::size_t append_elements(const ShapeSpec& shape, const Selected& selected, std::string& out) {
  const std::string_view text = selected.body;
  std::optional<Picker> picker;
  if (!shape.pick.empty()) picker.emplace(shape.pick);
  std::size_t items = 0;
  out += '[';
  JsonWalk walk(text, selected.at);
  while (out.size() <= selected.most && (!shape.limit || items < *shape.limit) && walk.next()) {
    if (items++ > 0) out += ',';
    if (picker) {
      walk.past(picker->append(text, walk.value_at(), out));
    } else {
      const std::size_t end = json_value_end(text, walk.value_at());
      out += text.substr(walk.value_at(), end - walk.value_at());
      walk.past(end);
    }
  }
  out += ']';
  return items;
}

// The selected value's own bytes; the elements of an array are counted on the way to its end.
std::string_view untouched(std::string_view text, std::size_t at, Shaped& shaped) {
  if (shaped.type != JsonType::array) return value_at(text, at);
  JsonWalk walk(text, at);
  while (walk.next()) continue;
  shaped.items = walk.count();
  return text.substr(at, walk.end() - at);
}

Result<void> append_value(const ShapeSpec& shape, const Selected& selected, Shaped& shaped) {
  const bool array = shaped.type == JsonType::array, picks = !shape.pick.empty();
  std::string& own = shaped.payload.own();
  if (array && (picks || shape.limit)) {
    shaped.items = append_elements(shape, selected, own);
  } else if (shaped.type == JsonType::object && picks) {
    Picker(shape.pick).append(selected.body, selected.at, own);
  } else if (picks && shaped.type != JsonType::null) {  // whether null may pass, the guard says
    return Error{ErrorKind::shape,
                 "shape.pick wants an array or an object; at " +
                     (shape.select.whole() ? "the top" : cut_text(shape.select.text(), kPointerShown)) +
                     " is a " + std::string(json_type_name(shaped.type)),
                 "if this answer is right, change shape.select or leave out shape.pick"};
  } else {
    const std::string_view value = untouched(selected.body, selected.at, shaped);
    if (shape.as.empty())
      shaped.payload.lie_in(value);
    else
      own += value;
  }
  return {};
}

}  // namespace

bool is_empty(std::string_view value) {
  if (value == "\"\"") return true;
  if (value.size() < 2 || (value[0] != '[' && value[0] != '{')) return false;
  return skip_json_space(value, 1) == value.size() - 1;
}

std::string_view value_of(const ShapeSpec& shape, const Shaped& shaped) noexcept {
  const std::size_t start = shape.as.empty() ? 0 : shape.as.size() + 4;
  return shaped.payload.view().substr(start, shaped.value_bytes);
}

Result<Shaped> mould(const ShapeSpec& shape, std::string_view body, std::size_t most) {
  if (shape.pick.empty()) most = std::string::npos;  // nothing can grow
  const std::size_t root = skip_json_space(body, 0);
  const auto at = find_at(body, root, shape.select);
  if (!at)
    return Error{ErrorKind::shape,
                 "shape.select " + json_quote(cut_text(shape.select.text(), kPointerShown)) +
                     " finds nothing: " + why_missing(body, root, shape.select),
                 "if this answer is right, change shape.select"};
  Shaped shaped;
  shaped.payload.own() = opening(shape);
  const std::size_t start = shaped.payload.size();
  shaped.type = json_type(body.substr(*at, 1)).value_or(JsonType::null);
  TRY(append_value(shape, {body, *at, most}, shaped));
  if (shaped.payload.size() > most)
    return Error{
        ErrorKind::shape, "the shaped value would have more than " + size_text(most),
        "a larger fetch.maxBytes (a value may have four times as much, at most 64 MiB), shape.limit, or "
        "fewer members in shape.pick"};
  shaped.value_bytes = shaped.payload.size() - start;
  shaped.empty = is_empty(shaped.payload.view().substr(start));
  if (!shape.as.empty()) shaped.payload.own() += '}';
  // Wrapping and picking can nest a value deeper than it came.
  if (!shape.as.empty() || !shape.pick.empty())
    if (const auto fault = scan_json(shaped.payload))
      return Error{ErrorKind::shape, "the shaped value is " + fault->what};
  return shaped;
}

}  // namespace prewarm::shape

// SPDX-License-Identifier: Apache-2.0
#include "document.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <tuple>
#include <utility>
#include <variant>

#include "prewarm/base/json_text.hpp"
#include "prewarm/base/utf8.hpp"
#include "tokens.hpp"

namespace prewarm::schedule {
namespace {

// More is never shown, and thousands of members below one long name would take as many copies of it.
constexpr std::size_t kMaxPointerBytes = 1024;

// Builds the tree from the parser's events. The parser guarantees the grammar, Tokens the places.
class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Builder(std::string_view text) : tokens_(text) {}

  bool null() override { return leaf(NodeKind::null, nullptr); }
  bool boolean(bool) override { return leaf(NodeKind::boolean, nullptr); }
  bool number_integer(number_integer_t) override { return leaf(NodeKind::number, nullptr); }
  bool number_unsigned(number_unsigned_t) override { return leaf(NodeKind::number, nullptr); }
  bool number_float(number_float_t, const string_t&) override { return leaf(NodeKind::number, nullptr); }
  bool string(string_t& text) override { return leaf(NodeKind::text, &text); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(NodeKind::object); }
  bool start_array(std::size_t) override { return open(NodeKind::list); }
  bool end_array() override { return close(); }
  bool end_object() override {
    note_repeats();
    return close();
  }
  bool key(string_t& name) override {
    name_ = {std::move(name), tokens_.next().at};
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    if (!fault_) fault_ = tokens_.fault(state());
    return false;
  }

  std::variant<Document, DocumentFault> take() && {
    if (fault_) return std::move(*fault_);
    return std::move(document_);
  }

 private:
  bool leaf(NodeKind kind, std::string* text) {
    const Tokens::Token token = tokens_.next();
    Node node = named(kind, token.at);
    node.text = text != nullptr ? std::move(*text) : std::string(token.text);
    return put(std::move(node));
  }
  bool open(NodeKind kind) {
    const std::size_t at = tokens_.next().at;
    if (open_.size() == kMaxFileDepth) {
      fault_ = DocumentFault{107, at, "the file is nested more than 16 deep", "a schedule needs 4 levels"};
      return false;
    }
    open_.push_back(named(kind, at));
    return true;
  }
  bool close() {
    static_cast<void>(tokens_.next());
    Node node = std::move(open_.back());
    open_.pop_back();
    return put(std::move(node));
  }
  bool put(Node node) {
    if (open_.empty()) {
      document_.root = std::move(node);
      finished_ = true;
    } else {
      open_.back().children.push_back(std::move(node));
    }
    return true;
  }
  Node named(NodeKind kind, std::size_t at) {
    Node node;
    node.kind = kind;
    node.at = at;
    if (name_) std::tie(node.name, node.name_at) = std::move(*name_);
    name_.reset();
    return node;
  }
  ReadSoFar state() const {
    ReadSoFar state;
    if (!open_.empty()) {
      const Node& inside = open_.back();
      state.inside = inside.kind == NodeKind::object ? ReadSoFar::Inside::object : ReadSoFar::Inside::list;
      state.first = inside.children.empty() && !name_;
    } else if (finished_) {
      state.inside = ReadSoFar::Inside::finished;
    }
    state.name_read = name_.has_value();
    return state;
  }
  std::string pointer() const {
    std::string out;
    for (std::size_t i = 1; i < open_.size(); ++i)
      out = pointer_to(out, open_[i - 1].kind == NodeKind::list ? std::to_string(open_[i - 1].children.size())
                                                                : open_[i].name);
    return out;
  }
  // Of members with one name the first is kept.
  void note_repeats() {
    auto& members = open_.back().children;
    std::vector<std::size_t> order(members.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return members[a].name < members[b].name; });
    std::vector<bool> repeated(members.size(), false);
    std::optional<std::string> inside;
    for (std::size_t i = 1, first = 0; i < order.size(); ++i) {
      const Node& member = members[order[i]];
      const Node& original = members[order[first]];
      if (member.name != original.name) {
        first = i;
        continue;
      }
      repeated[order[i]] = true;
      if (!inside) inside = pointer();
      document_.repeats.push_back({member.name_at, original.name_at, pointer_to(*inside, member.name)});
    }
    if (std::find(repeated.begin(), repeated.end(), true) == repeated.end()) return;
    std::vector<Node> kept;
    for (std::size_t i = 0; i < members.size(); ++i)
      if (!repeated[i]) kept.push_back(std::move(members[i]));
    members = std::move(kept);
  }

  Tokens tokens_;
  Document document_;
  std::optional<DocumentFault> fault_;
  std::vector<Node> open_;
  std::optional<std::pair<std::string, std::size_t>> name_;
  bool finished_ = false;
};

std::optional<DocumentFault> unfit_bytes(std::string_view bytes) {
  const std::string remedy = "save the file as UTF-8 without byte-order mark";
  if (bytes.size() > kMaxFileBytes)
    return DocumentFault{107, 0, "the file is larger than 1 MiB", "a schedule is a few hundred bytes"};
  if (bytes.substr(0, 3) == "\xef\xbb\xbf")
    return DocumentFault{107, 0, "the file begins with a byte-order mark", remedy};
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t length = utf8_length(bytes.substr(at));
    if (length == 0) return DocumentFault{107, at, "a byte here is not UTF-8", remedy};
    if (bytes[at] == '\0') return DocumentFault{107, at, "the file holds a NUL byte", remedy};
    at += length;
  }
  std::size_t at = 0;
  if (skip_filler(bytes, at) && at == bytes.size())
    return DocumentFault{
        107, 0, "the file is empty",
        R"(the least is { "schedule": "@hourly", "fetch": { "url": "https://api.example.net/news" }, "store": { "version": 1 } })"};
  return std::nullopt;
}

}  // namespace

std::variant<Document, DocumentFault> read_document(std::string_view bytes) {
  if (auto fault = unfit_bytes(bytes)) return std::move(*fault);
  Builder builder(bytes);
  nlohmann::json::sax_parse(bytes.begin(), bytes.end(), &builder, nlohmann::json::input_format_t::json, true,
                            true);
  return std::move(builder).take();
}

const Node* Node::find(std::string_view member) const noexcept {
  for (const Node& child : children)
    if (child.name == member) return &child;
  return nullptr;
}

std::string_view kind_name(NodeKind kind) noexcept {
  switch (kind) {
    case NodeKind::null:
      return "null";
    case NodeKind::boolean:
      return "a boolean";
    case NodeKind::number:
      return "a number";
    case NodeKind::text:
      return "a text";
    case NodeKind::list:
      return "a list";
    case NodeKind::object:
      return "an object";
  }
  return "";
}

std::string compact_json(const Node& node) {
  if (node.kind == NodeKind::text) return json_quote(node.text);
  if (node.kind != NodeKind::list && node.kind != NodeKind::object) return node.text;
  const bool object = node.kind == NodeKind::object;
  std::string out(1, object ? '{' : '[');
  for (const Node& child : node.children) {
    if (out.size() > 1) out += ',';
    if (object) out += json_quote(child.name) + ":";
    out += compact_json(child);
  }
  return out += object ? '}' : ']';
}

std::string pointer_to(std::string_view parent, std::string_view member) {
  std::string out(parent);
  if (out.size() >= kMaxPointerBytes) return out;
  out += '/';
  for (const char c : member.substr(0, kMaxPointerBytes)) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

}  // namespace prewarm::schedule

// SPDX-License-Identifier: Apache-2.0
#include "shape/body_check.hpp"

#include <simdjson.h>

#include <algorithm>
#include <vector>

#include "prewarm/base/json_text.hpp"

namespace prewarm::shape {
namespace {

// simdjson's index and ours of the brackets can take 8 bytes a byte of body. Above this size the scanner
// alone reads it, in constant memory, so that a body of 64 MiB does not break the memory budget (PROMISES 8,
// N7).
constexpr std::size_t kLargest = 4U << 20;
// Memory for larger bodies is given back when the run is through: an idle worker stays small.
constexpr std::size_t kKept = 256U << 10;

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
static_assert(simdjson::SIMDJSON_PADDING <= kJsonPadding);

// "text/html" of "text/html; charset=utf-8", safe to print.
std::string media_type(std::string_view content_type) {
  std::string type(trim_json(content_type.substr(0, content_type.find(';'))));
  std::erase_if(type, [](char c) { return c <= 0x20 || c >= 0x7f; });
  return cut_text(type, 60);
}

bool says_json(std::string_view type) {
  return type.empty() || type == "application/json" || type.ends_with("+json");
}

}  // namespace

struct BodyCheck::Parser {
  simdjson::dom::parser dom;
  std::vector<JsonBracket> brackets;  // of the last text; none if it was not taken
};

BodyCheck::BodyCheck() : parser_(std::make_unique<Parser>()) {}
BodyCheck::~BodyCheck() = default;

namespace {

// simdjson's first stage, and our grammar instead of its second: that makes a tree of all values, which
// nobody reads here, and costs three times as much. The stage is not of simdjson's documented interface; a
// release without it costs speed alone.
template <class Dom>
bool is_sound(Dom& dom, const std::string& bytes, std::vector<JsonBracket>& brackets) {
  if constexpr (requires {
                  dom.implementation->stage1(nullptr, 0, simdjson::stage1_mode::regular);
                  dom.implementation->structural_indexes[0];
                  dom.implementation->n_structural_indexes;
                }) {
    auto& index = *dom.implementation;
    const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
    return index.stage1(data, bytes.size(), simdjson::stage1_mode::regular) == simdjson::SUCCESS &&
           is_sound_json(
               {bytes, {index.structural_indexes.get(), index.n_structural_indexes + std::size_t{1}}},
               brackets);
  }
  return dom.parse(bytes.data(), bytes.size(), false).error() == simdjson::SUCCESS;
}

}  // namespace

bool BodyCheck::taken_by_simdjson(const std::string& bytes) {
  const std::size_t size = bytes.size();
  auto& [dom, brackets] = *parser_;
  brackets.clear();
  // simdjson from 3.2 on skips a byte-order mark.
  if (size > kLargest || bytes.capacity() - size < kJsonPadding || bytes.starts_with(kByteOrderMark))
    return false;
  // Its depth counts otherwise for empty brackets, but never lets more than this pass.
  if (dom.capacity() < size || dom.max_depth() != kMaxJsonDepth)
    if (dom.allocate(std::max(size, kMaxJsonDepth), kMaxJsonDepth) != simdjson::SUCCESS) return false;
  if (is_sound(dom, bytes, brackets)) return true;
  brackets.clear();
  return false;
}

std::span<const JsonBracket> BodyCheck::brackets() const noexcept { return parser_->brackets; }

void BodyCheck::rest() {
  if (parser_->dom.capacity() > kKept) *parser_ = Parser();
}

std::optional<JsonFault> BodyCheck::fault(const std::string& bytes) {
  return taken_by_simdjson(bytes) ? std::nullopt : scan_json(bytes);
}

Error not_json(const run::Body& body, const JsonFault& fault) {
  const std::string type = media_type(body.content_type);
  const std::string_view text = trim_json(body.bytes);
  std::string hints = says_json(type) ? "" : type;
  if (!text.empty() && !json_type(text) && text[0] > 0x20 && text[0] < 0x7f)
    hints += std::string(hints.empty() ? "" : ", ") + "begins with '" + text[0] + "'";
  if (!hints.empty()) hints = " (" + hints + ")";
  return {ErrorKind::parse,
          "the body is not JSON" + hints + ": " + fault.what + " at byte " + std::to_string(fault.at),
          text.starts_with('<') ? "this is a page, not data: check fetch.url and its credentials" : ""};
}

}  // namespace prewarm::shape

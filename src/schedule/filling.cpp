// SPDX-License-Identifier: Apache-2.0
#include "filling.hpp"

#include <algorithm>
#include <array>

namespace prewarm::schedule {
namespace {

// Compared in lower case without '-' and '_'.
constexpr auto kSecretHeaders = std::to_array<std::string_view>(
    {"authorization", "proxyauthorization", "cookie", "xapikey", "apikey", "xauthtoken", "xaccesstoken",
     "authtoken", "privatetoken", "xtoken", "xsecret"});
constexpr auto kSecretParameters =
    std::to_array<std::string_view>({"apikey", "token", "accesstoken", "authtoken", "secret", "clientsecret",
                                     "password", "passwd", "pwd", "accesskey", "privatekey", "secretkey"});

std::string folded_name(std::string_view name) {
  std::string out;
  for (const char c : name)
    if (c != '-' && c != '_') out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}
template <std::size_t N>
bool one_of(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

Filling fill_node(const Reading& in, FillRules rules, FilledText& out) {
  Filling filling;
  auto parsed = parse_text(in.node.text);
  if (auto* complaint = std::get_if<Complaint>(&parsed)) {
    in.refuse(std::move(*complaint));
    return filling;
  }
  filling.pieces = std::move(*std::get_if<TextPieces>(&parsed));
  Filled filled = fill_text(filling.pieces, in.draft.input, rules);
  filling.sound = true;
  filling.whole = !filled.unset;
  for (Complaint& complaint : filled.complaints) {
    const bool forgiven = in.draft.forgives(complaint.code);
    filling.sound = filling.sound && forgiven;
    in.refuse(std::move(complaint));
    if (forgiven) in.draft.findings.back().severity = Severity::warning;
  }
  out.written = shown_text(filling.pieces);
  out.value = Secret(std::move(filled.text));
  return filling;
}

bool refuse_text(const Reading& in) {
  const std::string remedy = in.node.kind == NodeKind::number || in.node.kind == NodeKind::boolean
                                 ? "the same in quotes"
                                 : "a text in quotes";
  return refuse_kind(in, "a text", remedy);
}

bool refuse_written_secret(const Reading& in) {
  return in.refuse(232, "holds a secret: whoever reads the file has it",
                   "\"${NAME}\", and NAME in the worker's environment");
}

bool has_holes_in_name(const Reading& in) {
  if (in.node.name.find("${") == std::string::npos) return false;
  in.refuse_name(302, "has ${...} in its name, where it is not filled in", "fill in values only");
  return true;
}

bool is_secret_header(std::string_view name) { return one_of(kSecretHeaders, folded_name(name)); }
bool is_secret_parameter(std::string_view name) { return one_of(kSecretParameters, folded_name(name)); }

}  // namespace prewarm::schedule

// SPDX-License-Identifier: Apache-2.0
#include "support/clerk_query.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace prewarm::testkit {
namespace {

using Pair = std::pair<std::string, std::string>;

std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      out += text[at] == '+' ? ' ' : text[at];
      continue;
    }
    std::uint8_t byte = 0;
    const std::string_view digits = text.substr(at + 1, 2);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (error != std::errc() || digits.size() != 2 || end != digits.data() + 2) return std::nullopt;
    out += static_cast<char>(byte);
    at += 2;
  }
  return out;
}

std::optional<std::vector<Pair>> pairs_of(std::string_view query) {
  std::vector<Pair> pairs;
  while (!query.empty()) {
    const std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), part.size() + 1));
    const std::size_t mark = std::min(part.find('='), part.size());
    auto name = decoded(part.substr(0, mark));
    auto value = decoded(part.substr(std::min(part.size(), mark + 1)));
    if (!name || !value) return std::nullopt;
    if (!part.empty()) pairs.emplace_back(std::move(*name), std::move(*value));
  }
  return pairs;
}

std::optional<std::size_t> number(const std::string& text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Answer bad_parameter(const std::string& name, const std::string& why) {
  return clerk_error(422, "form_param_value_invalid", name + " " + why, name);
}

void add_id(ClerkQuery& query, const std::string& value) {
  const bool signed_id = !value.empty() && (value.front() == '+' || value.front() == '-');
  (signed_id && value.front() == '-' ? query.without : query.with).push_back(value.substr(signed_id ? 1 : 0));
}

std::optional<Answer> take_order(ClerkQuery& query, const std::string& value) {
  constexpr std::array<std::string_view, 9> kOthers{"updated_at", "email_address",  "web3wallet",
                                                    "first_name", "last_name",      "phone_number",
                                                    "username",   "last_active_at", "last_sign_in_at"};
  const bool has_sign = !value.empty() && (value.front() == '+' || value.front() == '-');
  const std::string field = value.substr(has_sign ? 1 : 0);
  if (std::find(kOthers.begin(), kOthers.end(), field) != kOthers.end())
    return clerk_error(501, "not_imitated", "ordering by " + field + " is not imitated", "order_by");
  if (field != "created_at") return bad_parameter("order_by", "is no field to order by");
  query.oldest_first = !has_sign || value.front() == '+';
  return std::nullopt;
}

/// What to answer if the parameter is wrong.
std::optional<Answer> take(ClerkQuery& query, const Pair& parameter) {
  constexpr std::array<std::string_view, 9> kOthers{"email_address", "phone_number", "external_id",
                                                    "username",      "web3_wallet",  "organization_id",
                                                    "query",         "banned",       "created_at_after"};
  const auto& [name, value] = parameter;
  if (name == "user_id") add_id(query, value);
  if (name == "starting_after") query.starting_after = value;
  if (name == "order_by") return take_order(query, value);
  if (name == "limit" || name == "offset") {
    const auto given = number(value);
    const bool good = given && (name == "offset" || (*given >= 1 && *given <= 500));
    if (!good) return bad_parameter(name, name == "limit" ? "must be 1 to 500" : "must be 0 or more");
    (name == "limit" ? query.limit : query.offset) = *given;
  }
  if (std::find(kOthers.begin(), kOthers.end(), name) != kOthers.end())
    return clerk_error(501, "not_imitated", name + " is not imitated", name);
  return std::nullopt;
}

}  // namespace

Answer clerk_error(int status, const std::string& code, const std::string& message,
                   const std::string& parameter) {
  const std::string meta = parameter.empty() ? "" : R"(,"meta":{"param_name":")" + parameter + R"("})";
  return Answer::of(status,
                    R"({"errors":[{"message":")" + message + R"(","long_message":")" + message +
                        R"(","code":")" + code + '"' + meta +
                        R"(}],"clerk_trace_id":"0af7651916cd43dd8448eb211c80319c"})",
                    "application/json");
}

std::size_t clerk_ids_in(const std::string& query) {
  const auto pairs = pairs_of(query);
  if (!pairs) return 0;
  return static_cast<std::size_t>(std::count_if(
      pairs->begin(), pairs->end(), [](const Pair& parameter) { return parameter.first == "user_id"; }));
}

std::variant<ClerkQuery, Answer> read_clerk_query(const std::string& query) {
  const auto pairs = pairs_of(query);
  if (!pairs) return clerk_error(400, "bad_request", "the query is not percent-encoded");
  if (clerk_ids_in(query) > kClerkMostIds) return bad_parameter("user_id", "may be given 100 times at most");
  ClerkQuery read;
  for (const Pair& parameter : *pairs)
    if (const auto refusal = take(read, parameter)) return *refusal;
  if (!read.starting_after.empty() && read.offset != 0)
    return bad_parameter("starting_after", "does not go with offset");
  return read;
}

}  // namespace prewarm::testkit

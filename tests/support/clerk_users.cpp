// SPDX-License-Identifier: Apache-2.0
#include "support/clerk_users.hpp"

#include <array>
#include <string_view>

namespace prewarm::testkit {
namespace {

/// splitmix64: any number is far from its neighbours.
std::uint64_t mix(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15U;
  value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31U);
}

std::uint64_t dice(std::uint64_t seed, std::size_t number, std::uint64_t throw_number) {
  return mix(mix(mix(seed) + number) + throw_number);
}

std::string letters(std::uint64_t seed, std::size_t number, std::size_t count) {
  constexpr std::string_view kAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::string text;
  for (std::uint64_t bits = 0; text.size() < count; bits /= kAlphabet.size()) {
    if (text.size() % 9 == 0) bits = dice(seed, number, 100 + text.size());
    text += kAlphabet[bits % kAlphabet.size()];
  }
  return text;
}

// As JSON texts, because a value that is picked keeps its bytes.
constexpr std::array<const char*, 8> kFirst{
    R"("Amara")", R"("Bjørn")",     R"("Zo\u00eb")", R"("Ana \"Annie\"")",
    R"("渡辺")",  R"("Jos\u00e9")", R"("")",         R"("Ines/Inês")"};
constexpr std::array<const char*, 6> kLast{R"("Okafor")",     R"("O'Neil")", R"("Łukasz\\Nowak")",
                                           R"("de la Cruz")", R"("😀")",      R"("\ud83d\ude00")"};
constexpr std::array<const char*, 3> kRoles{"owner", "curator", "member"};

std::string quoted_or_null(const std::optional<std::string>& text) {
  return text ? '"' + *text + '"' : "null";
}

std::string email_of(const ClerkUser& user) {
  const std::string name = user.id.substr(5, 8);
  return R"({"id":"idn_)" + name + R"(","object":"email_address","email_address":")" + name + "@" +
         kClerkPrivate +
         R"(.example","reserved":false,"verification":{"object":"verification_otp","status":"verified",)"
         R"("strategy":"email_code","attempts":1,"expire_at":)" +
         std::to_string(user.created_at + 600'000) +
         R"(},"linked_to":[],"matches_sso_connection":false,"created_at":)" +
         std::to_string(user.created_at) + R"(,"updated_at":)" + std::to_string(user.created_at) + "}";
}

}  // namespace

std::string clerk_user_id(std::size_t number, std::uint64_t seed) {
  return "user_" + letters(seed, number, 27);
}

ClerkUser clerk_user(std::size_t number, int edition, std::uint64_t seed) {
  ClerkUser user;
  user.id = clerk_user_id(number, seed);
  if (number % 5 != 4) user.username = "person-" + std::to_string(number);
  user.first_name = kFirst[dice(seed, number, 1) % kFirst.size()];
  user.last_name = kLast[dice(seed, number, 2) % kLast.size()];
  user.image_url =
      "https://img.clerk.com/" + letters(seed + 1, number, 18) + "?edition=" + std::to_string(edition);
  if (number % 3 != 2) user.role = kRoles[dice(seed, number, 3) % kRoles.size()];
  constexpr std::int64_t kYear2025 = 1'735'689'600'000;
  user.created_at = kYear2025 + static_cast<std::int64_t>(dice(seed, number, 4) % 31'536'000'000U);
  user.updated_at = user.created_at + 86'400'000 * (1 + edition);
  return user;
}

std::string clerk_json(const ClerkUser& user) {
  const std::string email = email_of(user);
  const std::string mark = '"' + std::string(kClerkPrivate) + '"';
  std::string text = R"({"id":")" + user.id + R"(","object":"user","username":)" +
                     quoted_or_null(user.username) + R"(,"first_name":)" + user.first_name +
                     R"(,"last_name":)" + user.last_name + R"(,"locale":null)";
  if (user.image_url) text += R"(,"image_url":)" + quoted_or_null(user.image_url) + R"(,"has_image":true)";
  text +=
      R"(,"primary_email_address_id":"idn_)" + user.id.substr(5, 8) +
      R"(","primary_phone_number_id":null,"primary_web3_wallet_id":null,"password_enabled":true,)"
      R"("two_factor_enabled":false,"totp_enabled":false,"backup_code_enabled":false,"email_addresses":[)" +
      email +
      R"(],"phone_numbers":[],"web3_wallets":[],"passkeys":[],"external_accounts":[],"saml_accounts":[],)"
      R"("enterprise_accounts":[],"public_metadata":{)";
  if (user.role) text += R"("role":)" + quoted_or_null(user.role) + R"(,"profileColor":"#1DB954")";
  text +=
      R"(},"private_metadata":{"note":)" + mark + R"(},"unsafe_metadata":{"draft":)" + mark +
      R"(},"external_id":null,"last_sign_in_at":)" + std::to_string(user.updated_at) +
      R"(,"banned":false,"locked":false,"deprovisioned":false,"lockout_expires_in_seconds":null,)"
      R"("verification_attempts_remaining":100,"created_at":)" +
      std::to_string(user.created_at) + R"(,"updated_at":)" + std::to_string(user.updated_at) +
      R"(,"delete_self_enabled":true,"create_organization_enabled":true,"create_organizations_limit":null,)"
      R"("last_active_at":)" +
      std::to_string(user.updated_at / 86'400'000 * 86'400'000) +
      R"(,"mfa_enabled_at":null,"mfa_disabled_at":null,"legal_accepted_at":null,"bypass_client_trust":false})";
  return text;
}

std::vector<std::string_view> clerk_objects(std::string_view json) {
  std::vector<std::string_view> found;
  std::size_t depth = 0, begin = 0;
  bool in_text = false;
  for (std::size_t at = 0; at < json.size(); ++at) {
    const char c = json[at];
    if (in_text && c == '\\') ++at;
    if (c == '"') in_text = !in_text;
    if (in_text) continue;
    if (c == '{' && depth++ == 0) begin = at;
    if (c == '}' && --depth == 0) found.push_back(json.substr(begin, at + 1 - begin));
  }
  return found;
}

}  // namespace prewarm::testkit

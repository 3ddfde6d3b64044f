// SPDX-License-Identifier: Apache-2.0
// People for the imitation of the Clerk users API, made out of a seed: the same number is the same person in
// every run, with all members of a User object, names that need care in JSON, and private things that must
// never reach a cache. An edition stands for a change that everybody made to the profile. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace prewarm::testkit {

/// In everything that is nobody else's business: addresses, private and unsafe metadata.
inline constexpr const char* kClerkPrivate = "never-in-a-cache";

struct ClerkUser {
  std::string id;                          // "user_" and 27 letters and digits
  std::optional<std::string> username{};   // every fifth has none: null
  std::string first_name, last_name;       // JSON texts with their quotes: "Bj\u00f8rn" is not "Bjørn"
  std::optional<std::string> image_url{};  // left out if there is none: it is not among the required members
  std::optional<std::string> role{};       // in public_metadata
  std::int64_t created_at = 0, updated_at = 0;  // ms
};

ClerkUser clerk_user(std::size_t number, int edition = 0, std::uint64_t seed = 1);
std::string clerk_user_id(std::size_t number, std::uint64_t seed = 1);

/// The User object as the API gives it.
std::string clerk_json(const ClerkUser& user);
/// The elements of a JSON array of objects, byte for byte.
std::vector<std::string_view> clerk_objects(std::string_view json);

}  // namespace prewarm::testkit

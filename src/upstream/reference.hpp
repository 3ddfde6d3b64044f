// SPDX-License-Identifier: Apache-2.0
// What an upstream refers to, seen from one of its own pages (RFC 3986, 5.2), as far as that is at the same
// origin. The result is made of the page's scheme and authority as they stand, so that no text from outside
// decides where a request goes. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace prewarm::upstream {

struct Resolved {
  std::string url;            // without fragment, with a path
  bool has_fragment = false;  // there was one, not empty
};
enum class ReferenceFault : std::uint8_t {
  unreadable,  // no reference by RFC 3986: a blank, a control character, "\", not ASCII, half a %XX
  elsewhere,   // another scheme, host or port, or one with user info
};
/// `base`: a URL as schedules may hold them.
std::variant<Resolved, ReferenceFault> resolve(std::string_view base, std::string_view reference);

}  // namespace prewarm::upstream

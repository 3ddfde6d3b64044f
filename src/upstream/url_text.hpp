// SPDX-License-Identifier: Apache-2.0
// What is put into a URL: texts encoded, parameters appended. Pure.
#pragma once

#include <string>
#include <string_view>

namespace prewarm::upstream {

/// Everything but the unreserved characters of RFC 3986 is encoded, a blank as %20 as in any URL.
void append_encoded(std::string& out, std::string_view text);
/// Every byte is.
void append_all_encoded(std::string& out, std::string_view text);
/// What links a parameter to the URL so far: "?", "&" or nothing.
std::string_view link_of(std::string_view url) noexcept;
/// Both encoded.
void append_parameter(std::string& url, std::string_view name, std::string_view value);

}  // namespace prewarm::upstream

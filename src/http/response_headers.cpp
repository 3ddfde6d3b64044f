// SPDX-License-Identifier: Apache-2.0
#include "prewarm/http/response_headers.hpp"

#include <algorithm>

namespace prewarm::http {
namespace {
constexpr std::size_t kUsual = 160;  // Date, Content-Type and two validators
}

void ResponseHeaders::append(Field field, std::string_view text) {
  Place& place = places_[index(field)];
  if (text_.empty()) text_.reserve(std::max(kUsual, text.size()));
  const auto end = static_cast<std::uint32_t>(text_.size());
  if (place.size == 0) {
    place.at = end;
  } else if (place.at + place.size != end) {  // others stand behind it
    text_.append(text_, place.at, place.size);
    place.at = end;
  }
  text_ += text;
  place.size += static_cast<std::uint32_t>(text.size());
}

}  // namespace prewarm::http

// SPDX-License-Identifier: Apache-2.0
// Link headers (RFC 8288): "<https://api.example.net/ids?page=2>; rel=\"next\", <…>; rel=\"last\"". Several
// lines of them are one list joined by commas. Read as appendix B says where senders are known to be careless
// (empty elements, values without quotes), but a text that could be understood in two ways is refused, since
// a link that is read over ends a list early. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace prewarm::upstream {

struct Link {
  std::string_view target;  // between < and >, as it stands there; lives in the parsed text
  std::string relations{};  // of the first "rel": words, separated by blanks
  std::optional<std::string>
      anchor{};  // of the first "anchor": what the link is about, if not the page itself

  /// `relation` in lower case.
  bool is(std::string_view relation) const noexcept;
};
/// All of a header, in order; nothing if it cannot be read. Parameters other than rel and anchor are read
/// over.
std::optional<std::vector<Link>> parse_links(std::string_view text);

}  // namespace prewarm::upstream

// SPDX-License-Identifier: Apache-2.0
// The pages of an id source, one after the other: which comes next, and when the list is at its end
// (`fanout.ids.pages`). A list must never end early, nor go on for ever, unnoticed: what cannot be read, what
// leads elsewhere and what leads back is an error. Fetches nothing. Pure; owned by whoever holds the flight.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "prewarm/base/result.hpp"
#include "prewarm/base/secret.hpp"
#include "prewarm/schedule/fanout.hpp"

namespace prewarm::upstream {

inline constexpr std::size_t kMaxPages = 10'000;
inline constexpr std::size_t kMaxPageUrlBytes = 8U << 10;

/// What a page says of the next one.
struct Page {
  std::string_view link{};              // its Link headers, as http::ResponseHeaders has them
  std::optional<std::string> cursor{};  // of pages by cursor: not empty; nothing: the list ends
  std::size_t records = 0;              // elements of its list, repeated ids included
  std::string_view body{};
};

class PageWalk {
 public:
  /// `source` outlives it. Without `pages` there is one.
  explicit PageWalk(const schedule::UrlIds& source);
  /// Of the page to be fetched.
  const Secret& url() const noexcept { return url_; }
  /// Its number, from 1.
  std::size_t number() const noexcept { return number_; }
  /// "page 2 of https://api.example.net/ids", or "the id source" where there are no pages.
  std::string name() const;
  /// The page has come. True: `url` is the next one's; false: it was the last. Errors: id_source, naming the
  /// page by its number and the source's display URL, nothing of what the upstream sent.
  Result<bool> turn(const Page& page);

 private:
  using Digest = std::array<std::uint8_t, 32>;
  Result<std::optional<std::string>> next_url(const Page& page);
  Result<std::optional<std::string>> by_link(const Page& page) const;
  std::optional<std::string> by_cursor(const Page& page) const;
  Result<std::optional<std::string>> by_offset(const Page& page);
  bool is_this_page(std::string_view anchor) const;
  std::string with_param(std::string_view value) const;
  Error fault(const std::string& what, std::string remedy) const;

  const schedule::UrlIds& source_;
  Secret url_;
  std::size_t number_ = 1;
  std::set<Digest> seen_;            // URLs so far
  std::optional<Digest> last_body_;  // by offset
};

}  // namespace prewarm::upstream

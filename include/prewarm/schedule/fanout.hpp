// SPDX-License-Identifier: Apache-2.0
// What a schedule says of its fan-out (SURFACE 4, `fanout`): where the ids come from and how upstream is
// asked for them. With `batch` 1 there is one GET an id, `{id}` in `fetch.url`; else a query parameter names
// up to `batch` ids, repeated once an id or joined into one text. Pure: values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "prewarm/base/id_list.hpp"
#include "prewarm/schedule/filled_text.hpp"
#include "prewarm/schedule/pointer.hpp"
#include "prewarm/schedule/rate.hpp"

namespace prewarm::schedule {

/// How a list of ids goes on behind its first page; upstream/pages.hpp has the rules.
struct Pages {
  enum class By : std::uint8_t {
    link,    // the answer's Link header names the next page (RFC 8288, rel=next)
    cursor,  // the body names what `param` is to be for the next page
    offset,  // `param` counts the records before the page: 0, step, 2 x step, ...
  };
  By by = By::link;
  std::string param;     // cursor, offset: name of the query parameter
  Pointer pointer;       // cursor: where the body has it, a text or a number
  std::size_t step = 0;  // offset: records of a full page, above 0
};

/// Fetched first in each run, by the rules of `fetch`: `pointer` finds an array of texts or numbers, or of
/// objects with one at `id`. Without `pages` the first answer is the whole list.
struct UrlIds {
  FilledText url;
  std::string display_url, host;  // as in FetchSpec
  Pointer pointer;
  std::optional<Pointer> id;
  std::vector<std::pair<std::string, FilledText>> headers;
  Secret origin{};             // as in FetchSpec
  std::optional<Rate> rate{};  // of that origin, if a schedule of the catalog has one for it
  std::optional<Pages> pages{};
};

/// A set in the store itself, read at the start of each run. Redis alone.
struct SetIds {
  std::string key;  // filled: "experts:production:ids"
};

struct FanoutSpec {
  std::variant<IdListPtr, UrlIds, SetIds> ids;  // IdListPtr: a list in the file, or a file beside it
  std::size_t batch = 1;                        // ids a request
  std::string param;                            // batch > 1: the query's name for the ids
  std::string join;  // empty: the parameter is repeated; else ids joined by this are sent once
  Pointer records;   // in the body: the array of records; with batch 1 the record itself
  Pointer id;        // of a record, from the record; batch > 1
  double floor = 1;  // share of the ids that must come back
};

}  // namespace prewarm::schedule

// SPDX-License-Identifier: Apache-2.0
// What one answer means by itself, whatever came before: good, or which failure (SURFACE 4 `fetch`, 6, 7).
// Nothing of the answer but its status and the host it redirects to appears in a message. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "prewarm/http/fetcher.hpp"
#include "prewarm/schedule/definition.hpp"

namespace prewarm::upstream {

/// Nothing if the body may go on to `shape`. A message that is a status alone ("503") is completed by the
/// exchange.
std::optional<Error> fault_of(const http::Response& response, const schedule::FetchSpec& spec);

/// "utf-16" of "application/json; charset=\"UTF-16\"", lower case; empty when none is declared.
std::string charset_of(std::string_view content_type);
/// The host that a Location leads to, fit to be shown; empty when it stays on the same host or cannot be
/// told.
std::string target_host(std::string_view location);
/// Names of the `${NAME}` and `${NAME:-…}` in a text as written, in order.
std::vector<std::string> variables_in(std::string_view written);

}  // namespace prewarm::upstream

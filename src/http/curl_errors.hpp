// SPDX-License-Identifier: Apache-2.0
// libcurl's codes as our kinds, in words of our own: its error buffer holds text from the network and is
// never shown. A message ends in the request's `display`. Owned by the fetcher's thread.
#pragma once

#include <curl/curl.h>

#include <cstdint>
#include <string>

#include "prewarm/http/fetcher.hpp"

namespace prewarm::http {

/// How far a transfer came: what a timeout is told as.
enum class Phase : std::uint8_t { queued, name, connect, handshake, answer, body };

/// `handle` still holds what happened to it.
Error curl_error(CURLcode code, Phase phase, const Request& request, CURL* handle);
/// The server ended TLS with this alert after the handshake.
Error alert_error(const std::string& alert, const Request& request);
/// Not http or https, a user part, or no URL at all.
Error unfetchable_error(const Request& request);
Error timeout_error(Phase phase, Millis after, const Request& request);
/// The answer came, or began to, and is not usable: "DISPLAY answered with " + what.
Error broken_error(std::string_view what, const Request& request, bool retryable);

}  // namespace prewarm::http

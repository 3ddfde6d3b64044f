// SPDX-License-Identifier: Apache-2.0
// HTTP/2 (RFC 9113), as much as it takes to send an answer, GOAWAY or a stream's reset to a client that chose
// it over TLS. Not a server for more: requests are not decoded (no HPACK reading), and windows are not
// counted, so bodies stay below what the client allows at its start. In the connection's thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "support/answer.hpp"
#include "support/wire.hpp"

namespace prewarm::testkit {

/// What is sent as soon as the connection stands: our settings, and consent to the client's.
std::string http2_greeting();

/// Takes the client's preface, once. False when it is none.
bool read_http2_preface(Wire& wire, std::string& buffer);

/// The stream whose request head came next. Nothing when the client left or the server stops.
std::optional<std::uint32_t> read_http2_request(Wire& wire, std::string& buffer);

/// The answer in frames. Of what makes an answer lie, a cut counts: after so many bytes of the body (or, in
/// the head, before any) `reset` is RST_STREAM, `fin` GOAWAY and the end of the connection, `stall` silence.
/// True when the connection is fit for another request.
bool play_http2(Wire& wire, std::uint32_t stream, const Answer& answer);

}  // namespace prewarm::testkit

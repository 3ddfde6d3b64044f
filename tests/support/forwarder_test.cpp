// SPDX-License-Identifier: Apache-2.0
#include "support/forwarder.hpp"

#include <catch2/catch_test_macros.hpp>

#include "support/upstream.hpp"

using namespace prewarm::testkit;

namespace {

const std::string kGet = "GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

Received get(const Forwarder& link, std::chrono::milliseconds limit = kDeadline) {
  const Descriptor socket = connect_loopback(link.port());
  send_all(socket, kGet);
  return receive_all(socket, limit);
}

}  // namespace

TEST_CASE("a forwarder carries bytes both ways and counts them") {
  Upstream upstream;
  upstream.on("/x", Answer::json("[1]").end_with(Ending::fin));
  const Forwarder link(upstream.port());
  const Received answer = get(link);
  CHECK(answer.bytes.find("[1]") != std::string::npos);
  CHECK(answer.end == EndOfBytes::fin);
  CHECK(link.bytes(Toward::server) == kGet.size());
  CHECK(link.bytes(Toward::client) == answer.bytes.size());
  CHECK(link.accepted() == 1);
}

TEST_CASE("a forwarder cuts after so many bytes of one direction") {
  Upstream upstream;
  upstream.on("/x", Answer::json("[1]"));
  Forwarder link(upstream.port());
  link.cut(LinkCut{Toward::client, 7, Ending::fin});
  CHECK(get(link).bytes == "HTTP/1.");
  link.cut(LinkCut{Toward::server, 3, Ending::reset});
  CHECK(get(link).end == EndOfBytes::reset);
  CHECK(upstream.requests().size() == 1);
  link.cut(LinkCut{Toward::client, 5, Ending::stall});
  const Received stalled = get(link, std::chrono::milliseconds(50));
  CHECK(stalled.bytes == "HTTP/");
  CHECK(stalled.end == EndOfBytes::deadline);
}

TEST_CASE("what was sent into a held link arrives when it is released, though its sender has left") {
  Upstream upstream;
  upstream.on("/x", Answer::json("[1]"));
  Forwarder link(upstream.port());
  link.hold();
  CHECK(get(link, std::chrono::milliseconds(50)).end == EndOfBytes::deadline);
  CHECK(upstream.requests().empty());
  link.release();
  CHECK(upstream.wait_for_request(1).path() == "/x");
}

TEST_CASE("a forwarder drops what is open and leads new connections elsewhere") {
  Upstream first, second;
  second.on("/x", Answer::json("[2]").end_with(Ending::fin));
  first.on("/x", Answer::json("[1]").cut_body(0, Ending::stall));
  Forwarder link(first.port());
  const Descriptor socket = connect_loopback(link.port());
  send_all(socket, kGet);
  first.wait_for_request(1);
  link.point_to(second.port());
  link.drop();
  CHECK(receive_all(socket).end == EndOfBytes::reset);
  CHECK(get(link).bytes.find("[2]") != std::string::npos);
}

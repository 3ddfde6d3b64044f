// SPDX-License-Identifier: Apache-2.0
#include "support/request.hpp"

#include <strings.h>

#include <cstdlib>

namespace prewarm::testkit {
namespace {

/// Takes from `buffer` all up to and including `mark`, receiving until it is there.
std::optional<std::string> take_through(Wire& wire, std::string& buffer, std::string_view mark) {
  std::size_t end = 0;
  while ((end = buffer.find(mark)) == std::string::npos)
    if (!wire.read_some(buffer)) return std::nullopt;
  std::string taken = buffer.substr(0, end + mark.size());
  buffer.erase(0, taken.size());
  return taken;
}

std::optional<std::string> take(Wire& wire, std::string& buffer, std::size_t bytes) {
  while (buffer.size() < bytes)
    if (!wire.read_some(buffer)) return std::nullopt;
  std::string taken = buffer.substr(0, bytes);
  buffer.erase(0, bytes);
  return taken;
}

std::optional<std::string> read_chunks(Wire& wire, std::string& buffer) {
  std::string body;
  for (;;) {
    const auto line = take_through(wire, buffer, "\r\n");
    if (!line) return std::nullopt;
    const std::size_t size = std::strtoul(line->c_str(), nullptr, 16);
    const auto chunk = take(wire, buffer, size + 2);
    if (!chunk) return std::nullopt;
    if (size == 0) return body;
    body.append(*chunk, 0, size);
  }
}

std::string trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return std::string(text);
}

bool parse_head(UpstreamRequest& request) {
  std::string_view rest = request.head;
  const auto next_line = [&rest] {
    const std::size_t end = rest.find("\r\n");
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    return line;
  };
  const std::string_view first = next_line();
  const std::size_t one = first.find(' ');
  const std::size_t two = first.rfind(' ');
  if (one == std::string_view::npos || one == two) return false;
  request.method = first.substr(0, one);
  request.target = first.substr(one + 1, two - one - 1);
  request.version = first.substr(two + 1);
  for (std::string_view line = next_line(); !line.empty(); line = next_line()) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return false;
    request.headers.emplace_back(line.substr(0, colon), trimmed(line.substr(colon + 1)));
  }
  return true;
}

std::optional<std::string> read_body(Wire& wire, std::string& buffer, const UpstreamRequest& request) {
  const auto expect = request.header("Expect");
  if (expect && !wire.write("HTTP/1.1 100 Continue\r\n\r\n")) return std::nullopt;
  if (request.header("Transfer-Encoding")) return read_chunks(wire, buffer);
  const auto length = request.header("Content-Length");
  return take(wire, buffer, length ? std::strtoul(length->c_str(), nullptr, 10) : 0);
}

}  // namespace

std::string UpstreamRequest::path() const { return target.substr(0, target.find('?')); }

std::string UpstreamRequest::query() const {
  const std::size_t mark = target.find('?');
  return mark == std::string::npos ? "" : target.substr(mark + 1);
}

std::optional<std::string> UpstreamRequest::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (key.size() == name.size() && strncasecmp(key.data(), name.data(), name.size()) == 0) return value;
  return std::nullopt;
}

std::optional<UpstreamRequest> read_request(Wire& wire, std::string& buffer) {
  UpstreamRequest request;
  auto head = take_through(wire, buffer, "\r\n\r\n");
  if (!head) return std::nullopt;
  request.head = std::move(*head);
  if (!parse_head(request)) return std::nullopt;
  auto body = read_body(wire, buffer, request);
  if (!body) return std::nullopt;
  request.body = std::move(*body);
  request.arrived = std::chrono::steady_clock::now();
  return request;
}

}  // namespace prewarm::testkit

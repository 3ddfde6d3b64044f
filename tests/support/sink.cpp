// SPDX-License-Identifier: Apache-2.0
#include "support/sink.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

namespace prewarm::testkit {
namespace {

std::string parameter(const std::string& query, std::string_view name) {
  for (std::size_t begin = 0; begin < query.size();) {
    const std::size_t end = std::min(query.find('&', begin), query.size());
    const std::string_view pair = std::string_view(query).substr(begin, end - begin);
    if (pair.substr(0, name.size()) == name && pair.substr(name.size(), 1) == "=")
      return std::string(pair.substr(name.size() + 1));
    begin = end + 1;
  }
  return {};
}

bool ends_with(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

/// healthchecks and betterstack say it in the path, cronitor in the query, generic in a JSON body.
std::string event_of(const UpstreamRequest& request) {
  const std::string state = parameter(request.query(), "state");
  if (state == "run") return "start";
  if (state == "complete") return "success";
  if (!state.empty()) return state;
  for (const std::string_view event : {"start", "success", "fail"}) {
    if (ends_with(request.path(), "/" + std::string(event))) return std::string(event);
    if (request.body.rfind("{\"event\":\"" + std::string(event) + "\"", 0) == 0) return std::string(event);
  }
  return "success";
}

Ping ping_of(const UpstreamRequest& request) {
  const std::string rid = parameter(request.query(), "rid");
  return {request.method, request.path(),    request.query(),
          request.body,   event_of(request), rid.empty() ? parameter(request.query(), "series") : rid,
          request.arrived};
}

}  // namespace

Sink::Sink() : Sink(UpstreamSettings{}) {}

Sink::Sink(const UpstreamSettings& settings) : upstream_(settings) { answer({Answer::of(200, "OK")}); }

void Sink::answer(std::vector<Answer> in_turn) { upstream_.otherwise(answers_in_turn(std::move(in_turn))); }

std::vector<Ping> Sink::pings() const {
  std::vector<Ping> all;
  for (const UpstreamRequest& request : upstream_.requests()) all.push_back(ping_of(request));
  return all;
}

std::string Sink::events() const {
  std::string text;
  for (const Ping& ping : pings()) text += (text.empty() ? "" : " ") + ping.event;
  return text;
}

Ping Sink::wait_for_ping(std::size_t number, std::chrono::milliseconds limit) const {
  return ping_of(upstream_.wait_for_request(number, {}, limit));
}

}  // namespace prewarm::testkit

// SPDX-License-Identifier: Apache-2.0
#include "prewarm/upstream/requests.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "prewarm/base/ascii.hpp"
#include "prewarm/base/check.hpp"
#include "prewarm/base/hash.hpp"
#include "prewarm/base/planted.hpp"
#include "upstream/url_text.hpp"

namespace prewarm::upstream {
namespace {

constexpr std::string_view kPlaceOfId = "{id}";

// An id "." or ".." would be taken out of a path together with what stands before it (RFC 3986 5.2.4), by
// libcurl already; encoded it reaches the server.
void append_id(std::string& out, std::string_view id) {
  if (planted(Plant::id_not_encoded)) {
    out += id;
    return;
  }
  if (id != "." && id != "..") return append_encoded(out, id);
  append_all_encoded(out, id);
}

std::string url_with_query(const schedule::FetchSpec& spec) {
  std::string url = spec.url.value.reveal();
  for (const auto& [name, value] : spec.query) append_parameter(url, name, value.value.reveal());
  return url;
}

void add_unless_given(http::Request& request, const std::string& name, std::string value) {
  for (const auto& header : request.headers)
    if (same_word(header.first, name)) return;
  request.headers.emplace_back(name, Secret(std::move(value)));
}

http::Request without_url(const schedule::FetchSpec& spec) {
  http::Request request;
  request.display = spec.display_url;
  request.post = spec.method == schedule::Method::post;
  if (spec.body) request.body = spec.body->value;
  for (const auto& [name, value] : spec.headers) request.headers.emplace_back(name, value.value);
  add_unless_given(request, "accept", "application/json");
  add_unless_given(request, "user-agent", "prewarm/" PREWARM_VERSION);
  if (spec.body && spec.body_is_json) add_unless_given(request, "content-type", "application/json");
  request.timeout = spec.timeout;
  request.max_bytes = spec.max_bytes;
  request.ca_file = spec.ca_file;
  return request;
}

http::Request request_of(const schedule::FetchSpec& spec) {
  http::Request request = without_url(spec);
  request.url = Secret(url_with_query(spec));
  return request;
}

// A comma stays a comma: in a list written with commas (OpenAPI's form without explode, and what the APIs
// that know such lists document) it is the delimiter, and one inside an id is told apart by being encoded. No
// other delimiter has a form that all take raw, and most (blank, "|") may not stand in a URL.
std::string joint_of(std::string_view join) {
  std::string joint;
  if (join == ",")
    joint = join;
  else
    append_encoded(joint, join);
  return joint;
}

}  // namespace

http::Request build_request(const schedule::Schedule& schedule) { return request_of(schedule.fetch); }

std::size_t request_count(const schedule::FanoutSpec& fanout, std::size_t ids) noexcept {
  return ids / fanout.batch + (ids % fanout.batch == 0 ? 0 : 1);
}

IdRange ids_of(const schedule::FanoutSpec& fanout, std::size_t ids, std::size_t number) noexcept {
  ENSURE(number < request_count(fanout, ids));
  const std::size_t first = number * fanout.batch;
  return {first, std::min(fanout.batch, ids - first)};
}

std::string made_by(const schedule::Schedule& schedule) {
  const schedule::FetchSpec& fetch = schedule.fetch;
  std::string all = PREWARM_VERSION " " + schedule.config_hash;
  const auto add = [&all](std::string_view text) {
    all += '\n';
    all += std::to_string(text.size());
    all += ' ';
    all += text;
  };
  add(fetch.url.value.reveal());
  for (const auto* list : {&fetch.query, &fetch.headers})
    for (const auto& [name, value] : *list) {
      add(name);
      add(value.value.reveal());
    }
  if (fetch.body) add(fetch.body->value.reveal());
  constexpr std::size_t kDigits = 8;
  return sha256_hex(all, kDigits);
}

bool may_be_conditional(const schedule::FetchSpec& fetch) {
  if (!fetch.conditional || fetch.method != schedule::Method::get) return false;
  return std::none_of(fetch.headers.begin(), fetch.headers.end(), [](const auto& header) {
    constexpr auto kConditions = std::to_array<std::string_view>(
        {"if-none-match", "if-modified-since", "if-match", "if-unmodified-since", "if-range", "range"});
    return std::any_of(kConditions.begin(), kConditions.end(),
                       [&](std::string_view name) { return same_word(header.first, name); });
  });
}

FanoutRequests::FanoutRequests(const schedule::Schedule& schedule) : common_(without_url(schedule.fetch)) {
  ENSURE(schedule.fanout);
  const schedule::FanoutSpec& fanout = *schedule.fanout;
  one_each_ = fanout.batch == 1;
  std::string url = url_with_query(schedule.fetch);
  if (one_each_) {
    const auto at = schedule.fetch.url.value.reveal().find(kPlaceOfId);
    ENSURE(at != std::string::npos);
    after_ = Secret(url.substr(at + kPlaceOfId.size()));
    url.resize(at);
  } else {
    std::string parameter;
    append_encoded(parameter, fanout.param);
    parameter += '=';
    url += link_of(url);
    url += parameter;
    between_ = fanout.join.empty() ? "&" + parameter : joint_of(fanout.join);
  }
  before_ = Secret(std::move(url));
}

http::Request FanoutRequests::of(const IdList& ids, IdRange range) const {
  ENSURE(range.count > 0 && range.first < ids.size() && range.count <= ids.size() - range.first);
  ENSURE(!one_each_ || range.count == 1);
  std::size_t id_bytes = 0;
  for (std::size_t i = 0; i < range.count; ++i) id_bytes += ids[range.first + i].size() + between_.size();
  std::string url;
  url.reserve(before_.reveal().size() + id_bytes + after_.reveal().size());
  url += before_.reveal();
  for (std::size_t i = 0; i < range.count; ++i) {
    if (i > 0) url += between_;
    append_id(url, ids[range.first + i]);
  }
  url += after_.reveal();
  http::Request request = common_;
  request.url = Secret(std::move(url));
  return request;
}

schedule::FetchSpec id_fetch(const schedule::Schedule& schedule, const schedule::UrlIds& source) {
  schedule::FetchSpec spec;
  spec.url = source.url;
  spec.display_url = source.display_url;
  spec.host = source.host;
  spec.origin = source.origin;
  spec.rate = source.rate;
  spec.headers = source.headers;
  spec.timeout = schedule.fetch.timeout;
  spec.retries = schedule.fetch.retries;
  spec.max_bytes = schedule.fetch.max_bytes;
  spec.ca_file = schedule.fetch.ca_file;
  return spec;
}

http::Request build_request(const schedule::Schedule& schedule, const schedule::UrlIds& source) {
  return request_of(id_fetch(schedule, source));
}

}  // namespace prewarm::upstream

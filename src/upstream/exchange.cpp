// SPDX-License-Identifier: Apache-2.0
#include "prewarm/upstream/exchange.hpp"

#include <algorithm>

#include "prewarm/base/hash.hpp"
#include "prewarm/base/planted.hpp"
#include "prewarm/upstream/quota.hpp"
#include "upstream/answer.hpp"

namespace prewarm::upstream {

using http::Field;

namespace {

constexpr Millis kBackOff{500};  // full jitter below this, doubled with each retry (SURFACE 4)
constexpr Millis kLeastAttempt{
    100};                         // the least `fetch.timeout`: an attempt with less is not worth a request
constexpr Millis kAtDeadline{5};  // a timeout that was cut to the deadline ends about then

bool only_digits(std::string_view text) {
  return text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::optional<Millis> reset_in(const http::ResponseHeaders& headers) {
  const auto wait = headers[Field::ratelimit_reset_in];
  return only_digits(wait) ? parse_retry_after(wait, {}) : std::nullopt;
}

// For a GET they are compared weakly: W/"x" and "x" are one state (RFC 9110, 8.8.3.2).
std::string_view opaque_tag(std::string_view etag) noexcept {
  return etag.starts_with("W/") ? etag.substr(2) : etag;
}

bool is_conditional(const http::Request& request) noexcept {
  return !request.if_none_match.empty() || !request.if_modified_since.empty();
}

bool names_another(const http::ResponseHeaders& headers, std::string_view asked) {
  const auto etag = headers[Field::etag];
  return !asked.empty() && !etag.empty() && opaque_tag(etag) != opaque_tag(asked);
}

// What can be sent back and kept in a record; anything else counts as not said.
std::string usable(std::string_view text) {
  constexpr std::size_t kMost = 256;
  const bool plain = text.size() <= kMost &&
                     std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
  return std::string(plain ? text : std::string_view());
}

run::Validators validators_of(const http::ResponseHeaders& headers) {
  return {usable(headers[Field::etag]), usable(headers[Field::last_modified])};
}

}  // namespace

Exchange::Exchange(const schedule::FetchSpec& fetch, http::Request request, BootTime now, BootTime deadline)
    : fetch_(fetch),
      request_(std::make_shared<http::Request>(std::move(request))),
      timeout_(request_->timeout),
      began_(now),
      deadline_(deadline) {}

void Exchange::ask_since(run::Validators validators) {
  request_->if_none_match = std::move(validators.etag);
  request_->if_modified_since = std::move(validators.last_modified);
}

// A hash, because URL and headers may hold secrets.
std::string Exchange::sameness() const {
  const http::Request& request = *request_;
  if (request.post) return {};
  std::string all = std::to_string(timeout_.count()) + ' ' + std::to_string(fetch_.retries) + ' ' +
                    std::to_string(request.max_bytes.count);
  const auto add = [&all](std::string_view text) {
    all += ' ' + std::to_string(text.size()) + ' ';
    all += text;
  };
  for (const std::string* text :
       {&request.url.reveal(), &request.ca_file, &request.if_none_match, &request.if_modified_since})
    add(*text);
  for (const auto& [name, value] : request.headers) {
    if (planted(Plant::shared_across_credentials)) continue;
    add(name);
    add(value.reveal());
  }
  return sha256_hex(all);
}

std::shared_ptr<const http::Request> Exchange::request(BootTime now) {
  const auto left = std::chrono::floor<Millis>(deadline_ - now);
  cut_short_ = left < timeout_;
  request_->timeout = std::max(Millis(1), std::min(left, timeout_));
  facts_.requests = ++facts_.attempts;
  return request_;
}

Step Exchange::answer(Result<http::Response> result, BootTime now, WallTime wall, std::uint64_t random) {
  facts_.took = std::chrono::duration_cast<Millis>(now - began_);
  facts_.http_status = result.ok() ? result->status : 0;
  facts_.body_bytes = result.ok() ? result->body.size() : 0;
  if (!result.ok()) return failed(std::move(result).error(), std::nullopt, now, random);
  if (result->status == 304 && is_conditional(*request_)) {
    if (!names_another(result->headers, request_->if_none_match)) return NotModified{};
    ask_since({});
    return Again{now};
  }
  if (auto fault = fault_of(*result, fetch_)) {
    const auto asked = std::max(retry_after_of(result->headers, wall), reset_in(result->headers));
    return failed(*std::move(fault), asked, now, random);
  }
  const http::ResponseHeaders& headers = result->headers;
  return run::Body{std::move(result->body), std::string(headers[Field::content_type]), facts_,
                   fetch_.conditional ? validators_of(headers) : run::Validators{},
                   std::string(headers[Field::link])};
}

Step Exchange::failed(Error error, std::optional<Millis> patience, BootTime now, std::uint64_t random) {
  all_alike_ = facts_.attempts <= 1 || (all_alike_ && error.message == last_message_);
  last_message_ = error.message;
  if (error.kind == ErrorKind::timeout && cut_short_ && now + kAtDeadline >= deadline_)
    error.kind = ErrorKind::deadline;
  error.message = counted(error.message);
  if (!error.retryable || (facts_.attempts > fetch_.retries && !planted(Plant::retries_without_end)))
    return error;
  const Millis limit = kBackOff * (1 << std::max(0, facts_.attempts - 1));
  const Millis jitter(static_cast<Millis::rep>(random % static_cast<std::uint64_t>(limit.count())));
  const BootTime at = now + patience.value_or(Millis(0)) + jitter;
  if (at + kLeastAttempt <= deadline_) return Again{at};
  error.message += patience && now + *patience + kLeastAttempt > deadline_
                       ? "; it asks to wait " + duration_exact(*patience) + ", past the run's deadline"
                       : "; no time for another before the run's deadline";
  return error;
}

// "503 on 3 attempts"; "503 from api.example.net" if there was but one.
std::string Exchange::counted(const std::string& message) const {
  if (facts_.attempts > 1)
    return message + (all_alike_ ? " on " : " on the last of ") + std::to_string(facts_.attempts) +
           " attempts";
  return only_digits(message) ? message + " from " + fetch_.host : message;
}

}  // namespace prewarm::upstream

// SPDX-License-Identifier: Apache-2.0
#include "sim/net.hpp"

#include <algorithm>

#include "prewarm/base/json.hpp"

namespace prewarm::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMostPerHost = 8;

struct Url {
  std::string host, path, query;
};
Url url_of(const http::Request& request) {
  const std::string& text = request.url.reveal();
  const std::size_t host = text.find("://") + 3, path = std::min(text.find('/', host), text.size());
  const std::size_t query = std::min(text.find('?', path), text.size());
  return {text.substr(host, path - host), path < text.size() ? text.substr(path + 1, query - path - 1) : "",
          query < text.size() ? text.substr(query + 1) : ""};
}

http::Response plain(int status, std::string body = {}) {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  response.body.reserve(response.body.size() + kJsonPadding);
  response.headers.set(http::Field::content_type, "application/json");
  response.length_known = true;
  return response;
}

Error refused(const http::Request& request) {
  return Error{ErrorKind::connect, "connection refused: " + request.display, "", true};
}

// By mood.
constexpr const char* kMoodSituations[Upstreams::kMoods] = {nullptr,
                                                            "upstream.slow",
                                                            "upstream.silent",
                                                            "upstream.refuses",
                                                            "upstream.overloaded",
                                                            "upstream.limited",
                                                            "upstream.empty_body",
                                                            "upstream.empty_list",
                                                            "upstream.page",
                                                            "upstream.cut",
                                                            "upstream.blank",
                                                            "upstream.shrunken",
                                                            "upstream.grown",
                                                            nullptr,
                                                            "upstream.lagging"};

std::string record(const std::string& id, std::int64_t tick) {
  return "{\"id\":\"" + id + "\",\"tick\":" + std::to_string(tick) + "}";
}

}  // namespace

std::int64_t Upstreams::tick(Mood mood) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(tasks_.now()).count();
  const std::int64_t now = seconds / 600;
  if (mood != Mood::lagging || now == 0) return now;
  return std::max<std::int64_t>(0, now - 1 - static_cast<std::int64_t>(chance_.below(2)));
}

http::Response Upstreams::list(const std::string& schedule, const std::string& since, Mood mood) {
  const std::int64_t tick = this->tick(mood);
  const std::string etag = "\"" + schedule + "-" + std::to_string(tick) + "\"";
  if (mood == Mood::lying_304 && !since.empty()) {
    history_.count("upstream.lying_304");
    return plain(304);
  }
  if (since == etag) {
    history_.count("upstream.304");
    auto same = plain(304);
    same.headers.set(http::Field::etag, etag);
    return same;
  }
  const std::size_t items = mood == Mood::shrunken ? (schedule == "page" ? 5 : 1)
                            : mood == Mood::grown  ? 200
                                                   : 10;
  std::string body = "[";
  for (std::size_t i = 0; i < items; ++i) {
    if (i > 0) body += ',';
    body += mood == Mood::blank ? "{\"id\":null}" : record(std::to_string(i), tick);
  }
  body += ']';
  history_.sent(schedule, "", body, schedule == "page" ? items <= 10 : items == 10 && mood != Mood::blank);
  auto response = plain(200, std::move(body));
  response.headers.set(http::Field::etag, etag);
  return response;
}

http::Response Upstreams::records(const std::string& schedule, const std::string& query, Mood mood) {
  const std::int64_t tick = this->tick(mood);
  std::string body = "[";
  for (std::size_t at = query.find("user="); at != std::string::npos; at = query.find("user=", at + 1)) {
    const std::string id = query.substr(at + 5, query.find('&', at) - at - 5);
    if (mood == Mood::shrunken && chance_.one_in(2)) continue;
    const std::string one = record(id, tick);
    history_.sent(schedule, id, one);
    if (body.size() > 1) body += ',';
    body += one;
  }
  return plain(200, body + "]");
}

Planned Upstreams::answer(const http::Request& request, const std::string& worker) {
  if (at_fetch) at_fetch(worker);
  const Url url = url_of(request);
  const auto found = moods_.find(url.path);
  const Mood mood = found == moods_.end() ? Mood::well : found->second;
  if (const char* situation = kMoodSituations[static_cast<std::size_t>(mood)]) history_.count(situation);
  const Nanos soon = tasks_.now() + chance_.latency(80ms, 5s);
  switch (mood) {
    case Mood::silent:
      return {soon, true, refused(request)};
    case Mood::refuses:
      return {tasks_.now() + 1ms, false, refused(request)};
    case Mood::overloaded:
      return {soon, false, plain(503, "{}")};
    case Mood::limited: {
      auto slow_down = plain(429, "{}");
      slow_down.headers.set(http::Field::retry_after, std::to_string(chance_.below(20)));
      return {soon, false, std::move(slow_down)};
    }
    case Mood::empty_body:
      return {soon, false, plain(200)};
    case Mood::empty_list:
      history_.sent(url.path, "", "[]", false);
      return {soon, false, plain(200, "[]")};
    case Mood::page:
      return {soon, false, plain(200, "<html>log in</html>")};
    case Mood::cut:
      return {soon, false, Error{ErrorKind::broken, "cut: " + request.display, "", true}};
    default:
      break;
  }
  const Nanos at = mood == Mood::slow ? tasks_.now() + chance_.between(1s, 25s) : soon;
  return {
      at, false,
      url.query.empty() ? list(url.path, request.if_none_match, mood) : records(url.path, url.query, mood)};
}

Planned Sink::answer(const http::Request& request, const std::string& worker) {
  const Url url = url_of(request);
  const Nanos at = tasks_.now() + chance_.latency(50ms, 6s);
  const bool lost = fails_one_in > 0 && chance_.one_in(fails_one_in);
  const bool heard = !lost || chance_.one_in(2);
  if (heard) {
    const std::size_t slash = url.path.find('/');
    const std::string kind = slash == std::string::npos ? "" : url.path.substr(slash + 1);
    const auto rid = url.query.find("rid=");
    history_.pinged(worker, url.path.substr(0, slash),
                    rid == std::string::npos ? "" : url.query.substr(rid + 4, 36),
                    kind.empty()      ? run::PingKind::success
                    : kind == "start" ? run::PingKind::start
                                      : run::PingKind::fail);
  }
  if (lost) history_.count(heard ? "ping.heard_but_lost" : "ping.lost");
  if (lost) return {at, chance_.one_in(2), refused(request)};
  return {at, false, plain(200, "OK")};
}

void SimFetcher::submit(std::uint64_t id, std::shared_ptr<const http::Request> shared) {
  const http::Request& request = *shared;
  if (p_.dead) return;
  const std::string host = url_of(request).host;
  const auto same_host =
      std::ranges::count_if(under_way_, [&](const auto& one) { return one.second.host == host; });
  if (static_cast<std::size_t>(same_host) >= kMostPerHost)
    p_.history.broken("I17", worker_ + " has more than 8 requests at " + host);
  Planned planned = p_.web.answer(request, worker_);
  const Nanos limit = p_.clock.true_time(p_.clock.boot_now() + request.timeout);
  if (planned.never || planned.at > limit) {
    planned.at = limit;
    planned.result = Error{ErrorKind::timeout, "no answer: " + request.display, "", true};
    p_.history.count("fetch.timeout");
  }
  under_way_.emplace(id, UnderWay{planned.at, std::move(planned.result), host});
}

std::vector<http::Transfer> SimFetcher::wait(BootTime until) {
  while (true) {
    if (p_.dead) cancel_all();
    for (auto at = under_way_.begin(); at != under_way_.end();)
      if (at->second.ends <= p_.tasks.now()) {
        ended_.push_back({at->first, std::move(at->second.result)});
        at = under_way_.erase(at);
      } else {
        ++at;
      }
    if (std::exchange(woken_, false) || !ended_.empty() || p_.clock.boot_now() >= until || p_.dead)
      return std::exchange(ended_, {});
    Nanos next = p_.clock.true_time(until);
    for (const auto& [id, one] : under_way_) next = std::min(next, one.ends);
    p_.tasks.wait(&signal_, next);
  }
}

void SimFetcher::cancel_all() {
  for (auto& [id, one] : under_way_)
    ended_.push_back({id, Error{ErrorKind::shutdown, "cancelled", "", false}});
  under_way_.clear();
}

void SimFetcher::wake() noexcept {
  woken_ = true;
  signal_.set();
}

}  // namespace prewarm::sim

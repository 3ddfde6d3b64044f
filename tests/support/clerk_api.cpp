// SPDX-License-Identifier: Apache-2.0
#include "support/clerk_api.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "support/clerk_query.hpp"

namespace prewarm::testkit {
namespace {

using Steady = std::chrono::steady_clock;

struct Entry {
  std::int64_t created_at = 0;
  std::string id, json;
};
/// Newest first, as the API lists them.
struct NewestFirst {
  bool operator()(const Entry* a, const Entry* b) const {
    return a->created_at != b->created_at ? a->created_at > b->created_at : a->id < b->id;
  }
};
using Listed = std::set<const Entry*, NewestFirst>;

std::string array_of(const std::vector<std::string>& elements) {
  std::string text = "[";
  for (const std::string& element : elements) text += (text.size() > 1 ? "," : "") + element;
  return text + "]";
}

Answer too_many(std::chrono::nanoseconds wait) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  return clerk_error(429, "too_many_requests", "Too many requests. Please try again in a bit.")
      .header("Retry-After", std::to_string(seconds));
}

}  // namespace

struct ClerkApi::State {
  mutable std::mutex mutex;
  std::map<std::string, Entry> users;
  Listed listed;
  std::vector<std::string> experts;
  std::vector<ClerkTrouble> troubles;
  std::map<std::string, std::vector<std::size_t>> failures_left;  // by request: of each trouble
  std::chrono::milliseconds delay{0};
  std::size_t hold_after = 0;
  std::shared_ptr<Gate> gate;

  std::vector<Steady::time_point> arrivals;
  std::size_t most_ids = 0, refused = 0;
  Steady::time_point window_began, blocked_until;
  std::size_t in_window = 0;

  void put(Entry entry);
  void forget(const std::string& id);
  Answer answer(const UpstreamRequest& request, const ClerkSettings& settings);
  Answer ask_for_users(const UpstreamRequest& request, const ClerkSettings& settings);
  std::optional<Answer> limited(const ClerkSettings& settings);
  std::optional<ClerkTrouble> trouble_of(const std::string& target);
  Answer users_at(const UpstreamRequest& request) const;
  Answer list(const std::string& query) const;
  Answer expert_list() const;
};

void ClerkApi::State::put(Entry entry) {
  forget(entry.id);
  Entry& kept = users[entry.id];
  kept = std::move(entry);
  listed.insert(&kept);
}

void ClerkApi::State::forget(const std::string& id) {
  const auto known = users.find(id);
  if (known == users.end()) return;
  listed.erase(&known->second);
  users.erase(known);
}

Answer ClerkApi::State::answer(const UpstreamRequest& request, const ClerkSettings& settings) {
  const std::lock_guard lock(mutex);
  const std::string path = request.path();
  const bool for_users = path == "/v1/users" || path.rfind("/v1/users/", 0) == 0;
  if (request.method != "GET" || (!for_users && path != "/v1/experts"))
    return clerk_error(404, "resource_not_found", "not found");
  if (for_users) {
    arrivals.push_back(settings.now());
    most_ids = std::max(most_ids, clerk_ids_in(request.query()));
  }
  const auto login = request.header("Authorization");
  if (!login || login->rfind("Bearer ", 0) != 0)
    return clerk_error(401, "authorization_header_format_invalid", "Invalid Authorization header format");
  if (login->substr(7) != settings.token)
    return clerk_error(401, "clerk_key_invalid", "The provided Clerk Secret Key is invalid.");
  if (request.header("Clerk-API-Version") &&
      request.query().find("__clerk_api_version=") != std::string::npos)
    return clerk_error(400, "api_version_twice", "The API version is given twice.");
  return for_users ? ask_for_users(request, settings) : expert_list();
}

/// One request is counted, delayed, limited and perhaps failed before it is answered.
Answer ClerkApi::State::ask_for_users(const UpstreamRequest& request, const ClerkSettings& settings) {
  const std::size_t number = arrivals.size();
  const auto answer = [&]() -> Answer {
    if (auto refusal = limited(settings)) return *refusal;
    const auto trouble = trouble_of(request.target);
    if (!trouble) return users_at(request);
    switch (trouble->kind) {
      case ClerkTrouble::Kind::rate_limited:
        ++refused;
        blocked_until = settings.now() + trouble->retry_after;
        return too_many(trouble->retry_after);
      case ClerkTrouble::Kind::server_error:
        return clerk_error(500, "internal_clerk_error", "Oops, an unexpected error occurred");
      case ClerkTrouble::Kind::cut:
        break;
    }
    const Answer whole = users_at(request);
    return whole.cut_body(whole.body.size() / 2, Ending::reset);
  }();
  const Answer late = answer.delay(delay);
  return gate != nullptr && number > hold_after ? late.wait_for(gate) : late;
}

/// Windows that begin with the first request after the last one. All requests count, refused ones do not
/// prolong the wait.
std::optional<Answer> ClerkApi::State::limited(const ClerkSettings& settings) {
  const auto now = settings.now();
  if (now >= window_began + settings.window) {
    window_began = now;
    in_window = 0;
  }
  if (++in_window > settings.requests_a_window)
    blocked_until = std::max(blocked_until, window_began + settings.window);
  if (now >= blocked_until) return std::nullopt;
  ++refused;
  return too_many(blocked_until - now);
}

std::optional<ClerkTrouble> ClerkApi::State::trouble_of(const std::string& target) {
  const auto [found, is_new] = failures_left.try_emplace(target);
  std::vector<std::size_t>& left = found->second;
  if (is_new)
    for (const ClerkTrouble& trouble : troubles)
      left.push_back(failures_left.size() % trouble.every == 0 ? trouble.times : 0);
  for (std::size_t i = 0; i < left.size(); ++i)
    if (left[i] > 0) {
      --left[i];
      return troubles[i];
    }
  return std::nullopt;
}

Answer ClerkApi::State::users_at(const UpstreamRequest& request) const {
  const std::string path = request.path();
  if (path == "/v1/users") return list(request.query());
  const std::string id = path.substr(std::string("/v1/users/").size());
  if (id == "count")
    return Answer::json(R"({"object":"total_count","total_count":)" + std::to_string(users.size()) + "}");
  const auto user = users.find(id);
  return user != users.end() ? Answer::json(user->second.json)
                             : clerk_error(404, "resource_not_found", "not found");
}

Answer ClerkApi::State::list(const std::string& text) const {
  const auto read = read_clerk_query(text);
  if (const auto* refusal = std::get_if<Answer>(&read)) return *refusal;
  const auto& query = std::get<ClerkQuery>(read);
  Listed wanted;
  for (const std::string& id : query.with)
    if (const auto user = users.find(id); user != users.end()) wanted.insert(&user->second);
  if (query.with.empty()) wanted = listed;
  for (const std::string& id : query.without)
    if (const auto user = users.find(id); user != users.end()) wanted.erase(&user->second);

  std::vector<const Entry*> in_order(wanted.begin(), wanted.end());
  if (query.oldest_first) std::reverse(in_order.begin(), in_order.end());
  std::size_t at = query.offset;
  if (!query.starting_after.empty()) {
    const auto last = std::find_if(in_order.begin(), in_order.end(),
                                   [&](const Entry* entry) { return entry->id == query.starting_after; });
    at = static_cast<std::size_t>(last - in_order.begin()) + 1;
  }
  std::vector<std::string> page;
  for (; at < in_order.size() && page.size() < query.limit; ++at) page.push_back(in_order[at]->json);
  return Answer::json(array_of(page));
}

Answer ClerkApi::State::expert_list() const {
  std::vector<std::string> ids, objects;
  for (const std::string& id : experts) {
    ids.push_back('"' + id + '"');
    objects.push_back(R"({"id":)" + ids.back() + "}");
  }
  return Answer::json(R"({"ids":)" + array_of(ids) + R"(,"experts":)" + array_of(objects) + R"(,"total":)" +
                      std::to_string(ids.size()) + "}");
}

ClerkApi::ClerkApi(ClerkSettings settings)
    : settings_(std::move(settings)), state_(std::make_unique<State>()) {
  upstream_.otherwise([this](const UpstreamRequest& request) { return state_->answer(request, settings_); });
}

ClerkApi::~ClerkApi() = default;

void ClerkApi::people(std::size_t count, int edition) {
  const std::lock_guard lock(state_->mutex);
  state_->listed.clear();
  state_->users.clear();
  for (std::size_t number = 0; number < count; ++number) {
    const ClerkUser user = clerk_user(number, edition);
    state_->put({user.created_at, user.id, clerk_json(user)});
  }
}

void ClerkApi::put(const ClerkUser& user) {
  const std::lock_guard lock(state_->mutex);
  state_->put({user.created_at, user.id, clerk_json(user)});
}

void ClerkApi::put_sample(std::string_view json) {
  const std::lock_guard lock(state_->mutex);
  for (const std::string_view text : clerk_objects(json)) {
    const auto user = nlohmann::json::parse(text);
    state_->put({user.at("created_at"), user.at("id"), std::string(text)});
  }
}

void ClerkApi::forget(const std::string& id) {
  const std::lock_guard lock(state_->mutex);
  state_->forget(id);
}

void ClerkApi::experts(std::vector<std::string> ids) {
  const std::lock_guard lock(state_->mutex);
  state_->experts = std::move(ids);
}

void ClerkApi::trouble(std::vector<ClerkTrouble> troubles) {
  const std::lock_guard lock(state_->mutex);
  state_->troubles = std::move(troubles);
  state_->failures_left.clear();
}

void ClerkApi::delay(std::chrono::milliseconds before_each_answer) {
  const std::lock_guard lock(state_->mutex);
  state_->delay = before_each_answer;
}

void ClerkApi::hold_after(std::size_t requests, std::shared_ptr<Gate> gate) {
  const std::lock_guard lock(state_->mutex);
  state_->hold_after = requests;
  state_->gate = std::move(gate);
}

std::size_t ClerkApi::requests() const {
  const std::lock_guard lock(state_->mutex);
  return state_->arrivals.size();
}

std::size_t ClerkApi::most_ids() const {
  const std::lock_guard lock(state_->mutex);
  return state_->most_ids;
}

std::size_t ClerkApi::refused() const {
  const std::lock_guard lock(state_->mutex);
  return state_->refused;
}

std::size_t ClerkApi::most_a_second() const {
  const std::lock_guard lock(state_->mutex);
  std::size_t most = 0, first = 0;
  for (std::size_t last = 0; last < state_->arrivals.size(); ++last) {
    while (state_->arrivals[last] - state_->arrivals[first] >= std::chrono::seconds(1)) ++first;
    most = std::max(most, last - first + 1);
  }
  return most;
}

}  // namespace prewarm::testkit

// SPDX-License-Identifier: Apache-2.0
// The world of a fan-out whose ids come page by page: the Clerk sample with a paged list of its users, by
// Link headers, cursors or offsets. Each test makes its own.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "cli/fanout_world.hpp"

namespace prewarm::test {

inline constexpr std::size_t kUsers = 7, kPage = 2;  // four pages
inline const std::string kSecret = "c4nary";         // of the list's URL, and in what names its pages

// The schedule's ids, with `pages` and a query that each page must keep.
inline std::string source(const FanoutWorld& world, const std::string& pages) {
  return R"({"url":")" + world.api.url("/v1/list?key=${LIST_KEY}") +
         R"(","pointer":"/ids","headers":{"authorization":"Bearer ${CLERK_SECRET_KEY}"},"pages":{)" + pages +
         "}}";
}
inline const std::string kLink = R"("by":"link")";
inline const std::string kCursor = R"("by":"cursor","param":"after","pointer":"/meta/next")";
inline const std::string kOffset = R"("by":"offset","param":"skip","step":2)";

// What stands behind "name=" in a query; "" if it is not there.
inline std::string parameter(const testkit::UpstreamRequest& request, const std::string& name) {
  const std::string query = "&" + request.query();
  const std::size_t at = query.find("&" + name + "=");
  if (at == std::string::npos) return "";
  const std::size_t from = at + name.size() + 2;
  return query.substr(from, query.find('&', from) - from);
}

// {"ids":[…]} of users [from, from + kPage), with more members.
inline std::string body(std::size_t from, const std::string& more = "") {
  std::vector<std::string> ids;
  for (std::size_t i = from; i < std::min(from + kPage, kUsers); ++i)
    ids.push_back(testkit::clerk_user_id(i));
  return R"({"ids":)" + json_list(ids) + more + "}";
}

inline std::string link_to(const std::string& target) {
  return "<" + target + R"(>; title="a, b; c"; rel="next")";
}

inline testkit::Answer by_link(const testkit::UpstreamRequest& request) {
  const std::string at = parameter(request, "from");
  const std::size_t from = at.empty() ? 0 : std::stoul(at);
  testkit::Answer answer = testkit::Answer::json(body(from)).header("Link", R"(</v1/list>; rel="first")");
  if (from + kPage >= kUsers) return answer;
  return answer.header("Link", link_to("?key=" + kSecret + "&from=" + std::to_string(from + kPage)));
}

inline testkit::Answer by_cursor(const testkit::UpstreamRequest& request) {
  const std::string at = parameter(request, "after");
  // "user 4/c4nary", encoded.
  const std::size_t from = at.empty() ? 0 : std::stoul(at.substr(at.find("%20") + 3));
  const bool last = from + kPage >= kUsers;
  const std::string next = last ? "null" : "\"user " + std::to_string(from + kPage) + "\\/" + kSecret + "\"";
  return testkit::Answer::json(body(from, R"(,"meta":{"next":)" + next + "}"));
}

inline testkit::Answer by_offset(const testkit::UpstreamRequest& request) {
  return testkit::Answer::json(body(std::stoul(parameter(request, "skip"))));
}

struct PagesWorld : FanoutWorld {
  explicit PagesWorld(const std::string& pages = kLink, std::vector<Change> changes = {}) {
    env["LIST_KEY"] = kSecret;
    api.people(kUsers);
    changes.emplace_back(kRedisSet, source(*this, pages));
    experts(changes);
  }
  void list(testkit::Upstream::Handler handler) { api.upstream().on("/v1/list", std::move(handler)); }
  std::vector<testkit::UpstreamRequest> asked() { return api.upstream().requests("/v1/list"); }
  std::vector<std::string> queries() {
    std::vector<std::string> all;
    for (const testkit::UpstreamRequest& request : asked()) all.push_back(request.query());
    return all;
  }
};

}  // namespace prewarm::test

// SPDX-License-Identifier: Apache-2.0
// The imitation keeps to what the reference says of the real API.
#include "support/clerk_api.hpp"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "support/kit_clients.hpp"
#include "support/temp_dir.hpp"

using namespace prewarm::testkit;
using namespace std::chrono_literals;
using Strings = std::vector<std::string>;

namespace {

/// A client with a token that asks for `target`.
struct Client {
  Curl curl;
  curl_slist* headers = nullptr;

  explicit Client(const std::string& authorization = "Bearer sk_test_imitation") {
    if (!authorization.empty())
      headers = curl_slist_append(nullptr, ("Authorization: " + authorization).c_str());
    curl.set(CURLOPT_HTTPHEADER, headers);
  }
  ~Client() { curl_slist_free_all(headers); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  CurlAnswer get(const ClerkApi& api, const std::string& target) { return curl.get(api.url(target)); }
  Strings ids(const ClerkApi& api, const std::string& target) {
    Strings found;
    for (const auto& user : nlohmann::json::parse(get(api, target).body)) found.push_back(user.at("id"));
    return found;
  }
};

std::string query_of(std::size_t first, std::size_t count, const std::string& more = "") {
  std::string query = "/v1/users?limit=500" + more;
  for (std::size_t number = first; number < first + count; ++number)
    query += "&user_id=" + clerk_user_id(number);
  return query;
}

std::string code_of(const CurlAnswer& answer) {
  return nlohmann::json::parse(answer.body).at("errors").at(0).at("code");
}

std::string retry_after(const CurlAnswer& answer) {
  const std::string name = "Retry-After: ";
  const std::size_t at = answer.head.find(name);
  if (at == std::string::npos) return "";
  return answer.head.substr(at + name.size(), answer.head.find('\r', at) - at - name.size());
}

}  // namespace

TEST_CASE("a user of the imitation is whole, sound, the same each time, and at times without a username") {
  const auto user = nlohmann::json::parse(clerk_json(clerk_user(7)));
  const auto real = nlohmann::json::parse(sample("clerk-users.json")).at(0);
  for (const auto& [name, value] : real.items()) CHECK(user.contains(name));
  CHECK(user.size() == real.size());
  CHECK(user.at("id").get<std::string>().size() == 32);
  CHECK(user.at("private_metadata").dump().find(kClerkPrivate) != std::string::npos);
  CHECK(clerk_json(clerk_user(7)) == clerk_json(clerk_user(7)));
  CHECK(clerk_json(clerk_user(7)) != clerk_json(clerk_user(7, 1)));
  CHECK(clerk_user_id(7) != clerk_user_id(7, 2));
  std::size_t without_username = 0;
  for (std::size_t number = 0; number < 100; ++number) {
    const auto each = nlohmann::json::parse(clerk_json(clerk_user(number)));
    without_username += each.at("username").is_null() ? 1 : 0;
  }
  CHECK(without_username == 20);
}

TEST_CASE("without a limit ten users come, newest first") {
  ClerkApi api;
  api.people(30);
  Client client;
  const auto users = nlohmann::json::parse(client.get(api, "/v1/users").body);
  REQUIRE(users.size() == 10);
  for (std::size_t i = 1; i < users.size(); ++i)
    CHECK(users[i - 1].at("created_at") >= users[i].at("created_at"));
  CHECK(client.ids(api, "/v1/users?limit=500").size() == 30);
  Strings oldest = client.ids(api, "/v1/users?limit=500&order_by=%2Bcreated_at");
  std::reverse(oldest.begin(), oldest.end());
  CHECK(oldest == client.ids(api, "/v1/users?limit=500&order_by=-created_at"));
}

TEST_CASE("ids choose users; unknown ones are left out, and a sign includes or excludes") {
  ClerkApi api;
  api.people(150);
  Client client;
  const std::string one = clerk_user_id(1), two = clerk_user_id(2);
  CHECK(client.ids(api, query_of(0, 100)).size() == 100);
  CHECK(client.ids(api, query_of(149, 5)) == Strings{clerk_user_id(149)});
  CHECK(client.ids(api, "/v1/users?user_id=" + one + "&user_id=" + one) == Strings{one});
  CHECK(client.ids(api, "/v1/users?user_id=%2B" + one) == Strings{one});
  CHECK(client.ids(api, "/v1/users?user_id=+" + one).empty());  // a bare + is a blank
  CHECK(client.ids(api, "/v1/users?user_id=" + one + "&user_id=" + two + "&user_id=-" + one) == Strings{two});
  CHECK(client.ids(api, "/v1/users?limit=500&user_id=-" + one).size() == 149);
  CHECK(client.ids(api, "/v1/users?user_id=" + one + "%2C" + two).empty());  // not joined
  CHECK(api.most_ids() == 100);
}

TEST_CASE("pages go by offset or by the last id") {
  ClerkApi api;
  api.people(25);
  Client client;
  const Strings all = client.ids(api, "/v1/users?limit=25");
  CHECK(client.ids(api, "/v1/users?limit=10&offset=10") == Strings(all.begin() + 10, all.begin() + 20));
  CHECK(client.ids(api, "/v1/users?limit=10&offset=20").size() == 5);
  CHECK(client.ids(api, "/v1/users?offset=25").empty());
  CHECK(client.ids(api, "/v1/users?starting_after=" + all[9]) == Strings(all.begin() + 10, all.begin() + 20));
  CHECK(client.get(api, "/v1/users/count").body == R"({"object":"total_count","total_count":25})");
}

TEST_CASE("what the API refuses is refused in its form") {
  ClerkApi api;
  api.people(3);
  Client client;
  struct Case {
    std::string target;
    long status;
    const char* code;
  };
  for (const Case& each : {Case{query_of(0, 101), 422, "form_param_value_invalid"},
                           Case{"/v1/users?limit=0", 422, "form_param_value_invalid"},
                           Case{"/v1/users?limit=501", 422, "form_param_value_invalid"},
                           Case{"/v1/users?limit=ten", 422, "form_param_value_invalid"},
                           Case{"/v1/users?offset=-1", 422, "form_param_value_invalid"},
                           Case{"/v1/users?order_by=age", 422, "form_param_value_invalid"},
                           Case{"/v1/users?offset=1&starting_after=x", 422, "form_param_value_invalid"},
                           Case{"/v1/users?user_id=%zz", 400, "bad_request"},
                           Case{"/v1/users?order_by=username", 501, "not_imitated"},
                           Case{"/v1/users/user_nobody", 404, "resource_not_found"},
                           Case{"/v1/groups", 404, "resource_not_found"}}) {
    INFO(each.target);
    const CurlAnswer answer = client.get(api, each.target);
    CHECK(answer.status == each.status);
    CHECK(code_of(answer) == each.code);
    CHECK(answer.head.find("Content-Type: application/json") != std::string::npos);
  }
}

TEST_CASE("only the right bearer token is let in") {
  ClerkApi api;
  api.people(3);
  CHECK(Client().get(api, "/v1/users").status == 200);
  for (const char* wrong :
       {"", "Bearer ", "Bearer sk_test_other", "bearer sk_test_imitation", "sk_test_imitation"})
    for (const char* target : {"/v1/users", "/v1/experts"}) {
      INFO(wrong << target);
      CHECK(Client(wrong).get(api, target).status == 401);
    }
}

TEST_CASE("the version may be given once") {
  ClerkApi api;
  Client client;
  client.headers = curl_slist_append(client.headers, "Clerk-API-Version: 2026-05-12");
  client.curl.set(CURLOPT_HTTPHEADER, client.headers);
  CHECK(client.get(api, "/v1/users").status == 200);
  CHECK(client.get(api, "/v1/users?__clerk_api_version=2026-05-12").status == 400);
}

TEST_CASE("one user comes by itself, a forgotten one no longer, and a changed one changed") {
  ClerkApi api;
  api.people(3);
  Client client;
  ClerkUser user = clerk_user(1);
  CHECK(client.get(api, "/v1/users/" + user.id).body == clerk_json(user));
  user.image_url.reset();
  api.put(user);
  CHECK(client.get(api, "/v1/users/" + user.id).body.find("image_url") == std::string::npos);
  api.forget(user.id);
  CHECK(client.get(api, "/v1/users/" + user.id).status == 404);
  CHECK(client.ids(api, "/v1/users").size() == 2);
}

TEST_CASE("the sample's users keep their bytes") {
  ClerkApi api;
  api.put_sample(sample("clerk-users.json"));
  Client client;
  const std::string body = client.get(api, "/v1/users?limit=100").body;
  CHECK(nlohmann::json::parse(body) == nlohmann::json::parse(sample("clerk-users.json")));
  CHECK(body.find("\"username\": \"amaraokafor\"") != std::string::npos);
}

TEST_CASE("experts are listed in the order given, as texts and as objects") {
  ClerkApi api;
  api.experts({"user_b", "user_a"});
  CHECK(Client().get(api, "/v1/experts").body ==
        R"({"ids":["user_b","user_a"],"experts":[{"id":"user_b"},{"id":"user_a"}],"total":2})");
  CHECK(api.requests() == 0);
}

TEST_CASE("beyond the rate everybody gets 429 until Retry-After is over") {
  auto now = std::chrono::steady_clock::time_point(1h);
  ClerkSettings settings;
  settings.requests_a_window = 3;
  settings.now = [&now] { return now; };
  ClerkApi api(settings);
  Client client;
  for (int i = 0; i < 3; ++i) CHECK(client.get(api, "/v1/users").status == 200);
  now += 2500ms;
  const CurlAnswer refused = client.get(api, "/v1/users");
  CHECK(refused.status == 429);
  CHECK(code_of(refused) == "too_many_requests");
  CHECK(retry_after(refused) == "8");
  now += 7s;
  CHECK(client.get(api, "/v1/users/count").status == 429);
  now += 1s;
  CHECK(client.get(api, "/v1/users").status == 200);
  CHECK(api.refused() == 2);
  CHECK(api.most_a_second() == 3);
}

TEST_CASE("every so-manyth request fails as often as told, then succeeds") {
  ClerkApi api;
  api.people(20);
  api.trouble({{ClerkTrouble::Kind::server_error, 2}, {ClerkTrouble::Kind::cut, 3, 2}});
  Client client;
  const auto ask = [&](std::size_t number) { return client.get(api, query_of(number, 1)); };
  CHECK(ask(1).status == 200);
  CHECK(ask(2).status == 500);
  CHECK(ask(2).status == 200);
  CHECK(ask(3).code == CURLE_RECV_ERROR);
  CHECK(ask(3).code == CURLE_RECV_ERROR);
  CHECK(ask(3).code == CURLE_OK);
  CHECK(ask(1).status == 200);
  CHECK(api.requests() == 7);
}

TEST_CASE("a limited request holds up all others for its Retry-After") {
  auto now = std::chrono::steady_clock::time_point(1h);
  ClerkSettings settings;
  settings.now = [&now] { return now; };
  ClerkApi api(settings);
  Client client;
  for (const auto wait : {0s, 2s}) {
    api.trouble({{ClerkTrouble::Kind::rate_limited, 2, 1, wait}});
    CHECK(client.get(api, query_of(1, 1)).status == 200);
    const CurlAnswer limited = client.get(api, query_of(2, 1));
    CHECK(limited.status == 429);
    CHECK(retry_after(limited) == std::to_string(wait.count()));
    CHECK(client.get(api, query_of(1, 1)).status == (wait == 0s ? 200 : 429));
    now += wait;
    CHECK(client.get(api, query_of(2, 1)).status == 200);
  }
}

TEST_CASE("requests at one time are counted while they wait for their answer") {
  ClerkApi api;
  api.people(1);
  const auto gate = std::make_shared<Gate>();
  api.hold_after(1, gate);
  Client client;
  CHECK(client.get(api, "/v1/users").status == 200);
  CHECK(api.most_at_once() == 1);
  std::vector<Descriptor> sockets;
  for (int i = 0; i < 3; ++i) {
    sockets.push_back(connect_loopback(api.upstream().port()));
    send_all(sockets.back(), "GET /v1/users HTTP/1.1\r\nAuthorization: Bearer sk_test_imitation\r\n\r\n");
  }
  api.upstream().wait_for_request(4);
  gate->open();
  for (const Descriptor& socket : sockets) CHECK(receive_exactly(socket, 15) == "HTTP/1.1 200 OK");
  CHECK(api.most_at_once() == 3);
  CHECK(api.requests() == 4);
}

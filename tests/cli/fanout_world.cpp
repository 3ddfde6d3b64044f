// SPDX-License-Identifier: Apache-2.0
#include "cli/fanout_world.hpp"

#include <stdexcept>

namespace prewarm::test {
namespace {

constexpr const char* kSample = R"({
  "description": "Public profiles of our experts", "owner": "community", "tags": ["people"],
  "schedule": "10 4 * * *", "timezone": "Europe/Paris",   // 02:10Z in summer, 03:10Z in winter
  "timeout": "2m", "staleAfter": "26h",                   // the longest day has 25 h
  "fetch": {
    "url": "URL", "query": { "limit": "100" },   // without it only 10 users would come
    "headers": { "authorization": "Bearer ${CLERK_SECRET_KEY}", "clerk-api-version": "2026-05-12" }, "timeout": "20s"
  },
  "fanout": { "ids": { "redisSet": "experts:{env}:ids" }, "batch": 100, "param": "user_id", "records": "", "id": "/id", "floor": 0.9 },
  "shape": { "pick": { "id": "/id", "username": "/username", "firstName": "/first_name", "lastName": "/last_name", "imageUrl": "/image_url", "role": "/public_metadata/role" } },
  "guard": { "type": "object", "required": ["/id", "/imageUrl"] },
  "store": { "version": 2, "keys": ["{name}:{env}:{id}:v{version}", "{name}:{env}:username:{/username}:v{version}"] },   // TTL 3 x 25 h
  "heartbeat": "${BETTERSTACK_EXPERTS:-}", "heartbeatStyle": "betterstack"
})";

std::string quoted_or_null(const std::optional<std::string>& text) {
  return text ? '"' + *text + '"' : "null";
}

struct Kept {
  std::string key;
  std::size_t number;  // of the user
};

std::vector<Kept> keys_of_all(std::size_t count) {
  std::vector<Kept> keys;
  for (std::size_t number = 0; number < count; ++number) {
    const testkit::ClerkUser user = testkit::clerk_user(number);
    keys.push_back({key_of(user.id), number});
    if (user.username) keys.push_back({alias_of(*user.username), number});
  }
  return keys;
}

std::vector<std::string> names(const std::vector<Kept>& keys) {
  std::vector<std::string> all;
  for (const Kept& each : keys) all.push_back(each.key);
  return all;
}

}  // namespace

std::string changed(std::string text, const std::vector<Change>& changes) {
  for (const auto& [from, to] : changes) {
    const std::size_t at = text.find(from);
    if (at == std::string::npos || text.find(from, at + 1) != std::string::npos)
      throw std::runtime_error("not exactly once in the text: " + from);
    text.replace(at, from.size(), to);
  }
  return text;
}

std::string clerk_sample(const std::string& url) { return changed(kSample, {{R"("URL")", '"' + url + '"'}}); }

FanoutWorld::FanoutWorld() {
  use(redis);
  env["CLERK_SECRET_KEY"] = api.token();
  env["BETTERSTACK_EXPERTS"] = sink.url("/experts");
}

void FanoutWorld::experts(const std::vector<Change>& changes) const {
  schedule("clerk-experts", changed(clerk_sample(api.url()), changes));
}

void FanoutWorld::experts_of(const std::vector<std::string>& ids, std::vector<Change> changes) const {
  changes.emplace_back(kRedisSet, json_list(ids));
  experts(changes);
}

void FanoutWorld::list(const std::vector<std::string>& ids) const {
  std::vector<std::string> words{"SADD", "experts:production:ids"};
  words.insert(words.end(), ids.begin(), ids.end());
  redis.command(words);
}

testkit::Finished FanoutWorld::once(const std::vector<std::string>& flags) const {
  std::vector<std::string> words{"once", "clerk-experts", "--json"};
  words.insert(words.end(), flags.begin(), flags.end());
  return prewarm(words);
}

std::string FanoutWorld::everything() const {
  std::string all;
  for (const testkit::Reply& key : redis.command({"KEYS", "*"}).items) {
    const bool is_set = redis.command({"TYPE", key.text}).text == "set";
    const testkit::Reply held = redis.command({is_set ? "SMEMBERS" : "GET", key.text});
    all += key.text + " " + held.text;
    for (const testkit::Reply& member : held.items) all += " " + member.text;
    all += "\n";
  }
  return all;
}

std::vector<std::optional<std::string>> FanoutWorld::values(const std::vector<std::string>& keys) const {
  std::vector<std::string> words{"MGET"};
  words.insert(words.end(), keys.begin(), keys.end());
  std::vector<std::optional<std::string>> found;
  for (const testkit::Reply& value : redis.command(words).items)
    found.push_back(value.is_nil() ? std::nullopt : std::optional(value.text));
  return found;
}

std::string key_of(const std::string& id) { return "clerk-experts:production:" + id + ":v2"; }

std::string alias_of(const std::string& username) {
  return "clerk-experts:production:username:" + username + ":v2";
}

std::vector<std::string> ids_up_to(std::size_t count) {
  std::vector<std::string> ids;
  for (std::size_t number = 0; number < count; ++number) ids.push_back(testkit::clerk_user_id(number));
  return ids;
}

std::string json_list(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "[\"" : ",\"") + text + '"';
  return list.empty() ? "[]" : list + "]";
}

std::string profile(const testkit::ClerkUser& user) {
  return R"({"id":")" + user.id + R"(","username":)" + quoted_or_null(user.username) + R"(,"firstName":)" +
         user.first_name + R"(,"lastName":)" + user.last_name + R"(,"imageUrl":)" +
         quoted_or_null(user.image_url) + R"(,"role":)" + quoted_or_null(user.role) + "}";
}

std::optional<std::string> payload_in(const std::optional<std::string>& value) {
  const std::string before = R"({"version":2,"lastUpdated":")", between = R"(","payload":)";
  const std::size_t head = before.size() + 24 + between.size();
  if (!value || value->size() <= head || value->compare(0, before.size(), before) != 0 ||
      value->compare(head - between.size(), between.size(), between) != 0 ||
      (*value)[before.size() + 23] != 'Z' || value->back() != '}')
    return std::nullopt;
  return value->substr(head, value->size() - head - 1);
}

std::vector<int> editions(const FanoutWorld& world, std::size_t count, int latest) {
  const std::vector<Kept> keys = keys_of_all(count);
  const auto values = world.values(names(keys));
  std::vector<int> found;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto payload = payload_in(values.at(i));
    int edition = latest;
    while (edition >= 0 && payload != profile(testkit::clerk_user(keys[i].number, edition))) --edition;
    found.push_back(edition);
  }
  return found;
}

std::vector<std::string> wrong_keys(const FanoutWorld& world, std::size_t count, int edition) {
  const std::vector<Kept> keys = keys_of_all(count);
  const auto values = world.values(names(keys));
  std::vector<std::string> wrong;
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (payload_in(values.at(i)) != profile(testkit::clerk_user(keys[i].number, edition)))
      wrong.push_back(keys[i].key);
  return wrong;
}

std::string of_run(const testkit::Finished& outcome, const std::string& member) {
  const auto found = members(outcome.out, "run", member);
  return found.size() == 1 ? found.front() : "";
}

}  // namespace prewarm::test

// SPDX-License-Identifier: Apache-2.0
#include "campaign/stage.hpp"

#include <nlohmann/json.hpp>

#include "support/certificates.hpp"

namespace prewarm::campaign {
namespace {

using testkit::Answer;
using testkit::UpstreamRequest;
using Strings = std::vector<std::string>;

constexpr std::int64_t kLongestLifeMs = 3'600'000;

}  // namespace

Stage::Stage(std::unique_ptr<ShelfKeeper> keeper, Scene scene) : keeper_(std::move(keeper)), scene_(scene) {
  world_.env["PREWARM_STORE"] = keeper_->url();
  if (scene_ == Scene::tls) make_secure();
  if (fan())
    write_fan_schedule();
  else
    write_schedule();
}

Stage::~Stage() { upstream().stop(); }

Findings Stage::prepare() {
  const bool first = scene_ == Scene::first || scene_ == Scene::fan_first;
  if (first) keeper_->wipe();
  Findings found;
  if (!first && keeper_->look(keys_).values.size() != keys_.size()) found = succeed("before it all");
  if (scene_ != Scene::renew) ++edition_;
  program_upstream();
  before_ = keeper_->look(keys_);
  return found;
}

testkit::ChildCommand Stage::command() {
  ++strikes_;
  world_.env["PING"] = world_.sink.url(struck_path());
  return world_.command({"once", "news"});
}

Findings Stage::judge() {
  const Shelf after = keeper_->look(keys_);
  Findings found = after.unsound;
  for (const auto& [key, text] : after.ledger)
    if (!nlohmann::json::accept(text)) found.push_back("the record " + key + " is not readable: " + text);
  all_new_ = true;
  for (const std::string& key : keys_) all_new_ = look_at_key(after, key, found) && all_new_;
  ++edition_;
  program_upstream();
  const Findings next = succeed("the next run");
  found.insert(found.end(), next.begin(), next.end());
  // Looked for after the next run, since a ping may be under way when its sender ends.
  told_ = !world_.sink.requests(struck_path()).empty();
  if (!all_new_ && told_) found.push_back("I3: a success ping without the new value at each key");
  new_left_ += all_new_ ? 1 : 0;
  told_count_ += told_ ? 1 : 0;
  return found;
}

void Stage::make_secure() {
  testkit::CertificateAuthority authority;
  testkit::UpstreamSettings settings;
  settings.tls = testkit::TlsSettings{authority.good()};
  secure_ = std::make_unique<testkit::Upstream>(settings);
  world_.dir.write("schedules/ca.pem", testkit::read_file(authority.ca_file()));
}

void Stage::write_schedule() {
  const std::string fetch = secure_ ? R"("caFile":"ca.pem","url":")" + secure_->url_at("localhost", "/news")
                                    : R"("url":")" + world_.upstream.url("/news");
  world_.schedule("news", R"({"schedule":"*/5 * * * *","fetch":{"retries":0,)" + fetch +
                              R"("},"store":{"version":1},"heartbeat":"${PING}"})");
  keys_ = {"news:production:v1"};
}

void Stage::write_fan_schedule() {
  std::string ids;
  for (int i = 0; i < 64; ++i) {
    const std::string id = "u" + std::to_string(i);
    ids += (ids.empty() ? "\"" : ",\"") + id + '"';
    keys_.push_back("news:production:" + id + ":v1");
  }
  world_.schedule(
      "news", R"({"schedule":"*/5 * * * *","fetch":{"retries":0,"url":")" + world_.upstream.url("/u/{id}") +
                  R"("},"fanout":{"ids":[)" + ids +
                  R"(]},"store":{"version":1,"keys":["news:{env}:{id}:v{version}"]},"heartbeat":"${PING}"})");
}

std::string Stage::payload(int edition) const {
  if (scene_ == Scene::renew) edition = 0;
  const std::size_t size = fan() ? 300 : 20'000;  // of several pages, so that a torn write would show
  return "[" + std::to_string(edition) + ",\"" + std::string(size, static_cast<char>('a' + edition % 26)) +
         "\"]";
}

void Stage::program_upstream() {
  const std::string body = payload(edition_);
  const bool states = scene_ == Scene::renew;
  upstream().otherwise([body, states](const UpstreamRequest& request) {
    if (!states) return Answer::json(body);
    if (request.header("if-none-match") == "\"one\"") return Answer::of(304).header("ETag", "\"one\"");
    return Answer::json(body).header("ETag", "\"one\"");
  });
}

Findings Stage::succeed(const std::string& which) {
  program_upstream();
  world_.env["PING"] = world_.sink.url("/next");
  const auto run = world_.prewarm({"once", "news", "--json"});
  Findings found;
  const Strings outcomes = test::members(run.out, "run", "outcome");
  const bool good = run.exit_code == 0 && outcomes.size() == 1 &&
                    (outcomes[0] == "verified" || (scene_ == Scene::renew && outcomes[0] == "unchanged"));
  if (!good) found.push_back(which + " did not do well: " + run.out + run.err);
  const Shelf shelf = keeper_->look(keys_);
  for (const std::string& key : keys_) {
    const auto held = shelf.values.find(key);
    const auto parts = held == shelf.values.end() ? std::nullopt : whole(held->second.bytes);
    if (!parts || parts->payload != payload(edition_))
      found.push_back(which + " left another value at " + key);
  }
  if (shelf.ledger.empty()) found.push_back(which + " left no record");
  return found;
}

/// Whether the new value is there.
bool Stage::look_at_key(const Shelf& after, const std::string& key, Findings& found) const {
  const auto was = before_.values.find(key), is = after.values.find(key);
  if (is == after.values.end()) {
    if (was != before_.values.end()) found.push_back("I1: the old value is gone from " + key);
    return false;
  }
  if (is->second.ttl_ms <= 0 || is->second.ttl_ms > kLongestLifeMs)
    found.push_back("I6: " + key + " has a life of " + std::to_string(is->second.ttl_ms) + " ms");
  if (was != before_.values.end() && was->second.bytes == is->second.bytes) return false;
  const auto parts = whole(is->second.bytes);
  if (!parts || parts->payload != payload(edition_))
    found.push_back("I1: neither the old nor the new envelope at " + key + ": " +
                    is->second.bytes.substr(0, 120));
  return true;
}

}  // namespace prewarm::campaign

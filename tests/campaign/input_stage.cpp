// SPDX-License-Identifier: Apache-2.0
#include "campaign/input_stage.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include "campaign/namespaces.hpp"

namespace prewarm::campaign {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testkit::Answer;
using testkit::Ending;
using Strings = std::vector<std::string>;

constexpr auto kLimit = 20s;  // of a process; the longest deadline of a run here is far below
constexpr const char* kOldLife = "600000";
const std::string kOld =
    R"({"version":1,"lastUpdated":"2026-01-01T00:00:00.000Z","payload":[{"title":"a"},{"title":"b"}]})";

Ending ending_of(const std::string& text) {
  if (text == "keep") return Ending::keep;
  if (text == "reset") return Ending::reset;
  if (text == "stall") return Ending::stall;
  if (text == "fin-unannounced") return Ending::fin_unannounced;
  if (text == "fin") return Ending::fin;
  throw std::runtime_error("no ending: " + text);
}

testkit::CertificateFiles papers(testkit::CertificateAuthority& authority,
                                 testkit::CertificateAuthority& stranger, const std::string& kind) {
  using Authority = testkit::CertificateAuthority;
  if (kind == "expired") return authority.expired();
  if (kind == "not-yet-valid") return authority.not_yet_valid();
  if (kind == "wrong-name") return authority.wrong_name();
  if (kind == "self-signed") return authority.self_signed(Authority::local());
  if (kind == "weak-key") return authority.weak_key();
  if (kind == "other-authority") return stranger.good();
  if (kind == "no-chain")
    return authority.issue_through_intermediate(Authority::local(), Authority::Chain::missing);
  if (kind == "good") return authority.good();
  throw std::runtime_error("no certificate: " + kind);
}

/// All texts in it, names of members apart.
void fill(json& value, const Names& names) {
  if (value.is_string()) value = filled(value.get<std::string>(), names);
  if (!value.is_structured()) return;
  for (json& inner : value) fill(inner, names);
}

void make_file(const std::filesystem::path& path, const json& recipe, const Names& names) {
  std::filesystem::create_directories(path.parent_path());
  if (recipe.is_object() && recipe.contains("folder")) {
    std::filesystem::create_directories(path);
    return;
  }
  if (recipe.is_object() && recipe.contains("link")) {
    std::filesystem::create_symlink(filled(recipe.at("link"), names), path);
    return;
  }
  std::ofstream(path, std::ios::binary) << cooked(recipe, names);
}

}  // namespace

InputStage::InputStage(const BadInput& one, const testkit::RedisServer& redis, int database)
    : input_(one), redis_(redis), database_(database) {
  names_["dir"] = world_.dir.path().string();
  make_upstream();
  names_["upstream"] = upstream_->url_at(authority_ ? "localhost" : "127.0.0.1", "");
  names_["port"] = std::to_string(upstream_->port());
  names_["sink"] = world_.sink.url("");
  redis_.command({"FLUSHDB"}, database_);
  names_["redis"] = redis_.unix_url() + "?db=" + std::to_string(database_);
  names_["redis-socket"] = redis_.socket_path().string();
  names_["each"] = filled(one.each, names_);
  make_name_server();
  const Answer said = answer();
  upstream_->otherwise([said](const testkit::UpstreamRequest&) { return said; });
  make_environment();
  make_store();
  make_files();
  make_old_value();
}

void InputStage::make_upstream() {
  testkit::UpstreamSettings settings;
  if (input_.has("tls")) {
    const json& tls = input_.input.at("tls");
    authority_ = std::make_unique<testkit::CertificateAuthority>();
    stranger_ = std::make_unique<testkit::CertificateAuthority>();
    settings.tls = testkit::TlsSettings{papers(*authority_, *stranger_, tls.value("certificate", "good"))};
    if (tls.value("only_1_0", false)) settings.tls->versions = testkit::TlsVersions::only_1_0;
    settings.tls->http2 = tls.value("http2", false);
    world_.dir.write("schedules/ca.pem", testkit::read_file(authority_->ca_file()));
  }
  upstream_ = std::make_unique<testkit::Upstream>(settings);
}

/// "names": by name, the addresses that each query in turn is told, or "silence".
void InputStage::make_name_server() {
  if (!input_.has("names")) return;
  name_server_ = std::make_unique<testkit::NameServer>();
  json all = input_.input.at("names");
  fill(all, names_);
  for (const auto& [name, told] : all.items())
    if (told == "silence")
      name_server_->ignore(name);
    else
      name_server_->answer(name, told.get<std::vector<testkit::NameServer::Addresses>>());
  world_.dir.write("resolv.conf", "nameserver " + name_server_->address() + "\n");
  world_.dir.write("nsswitch.conf", "hosts: files dns\n");
}

std::size_t InputStage::least_asked() const {
  std::size_t least = SIZE_MAX;
  const json names = input_.input.value("names", json::object());
  for (const auto& [name, told] : names.items()) least = std::min(least, name_server_->asked(name));
  return least;
}

Answer InputStage::answer() const {
  Answer said = Answer::json(input_.gives("body.json", "body") ? input_.bytes("body.json", "body", names_)
                                                               : R"([{"title":"new"},{"title":"newer"}])");
  const json how = input_.input.value("how", json::object());
  if (input_.gives("answer.http", "answer"))
    said = Answer::raw(input_.bytes("answer.http", "answer", names_), ending_of(how.value("ending", "fin")));
  if (how.contains("endless"))
    said.endless = Answer::Endless{testkit::Part::body, cooked(how.at("endless"), names_)};
  if (how.contains("byte_every_ms"))
    said = said.trickle_head(std::chrono::milliseconds(how.at("byte_every_ms").get<int>()));
  if (how.contains("cut_body"))  // of HTTP/2, which has no raw bytes
    said = said.cut_body(how.at("cut_body"), ending_of(how.value("ending", "fin")));
  return said;
}

/// Of its own; else the usual one, with what the input has other ("schedule", a merge patch).
std::string InputStage::schedule() const {
  if (input_.files.contains("schedule.jsonc")) return input_.bytes("schedule.jsonc", "", names_);
  const json own = input_.input.value("schedule", json::object());
  if (!own.is_object() || own.contains("repeat") || own.contains("hex") || own.contains("cut"))
    return cooked(own, names_);
  json usual = json::parse(R"({"schedule":"*/5 * * * *","timeout":"3s",
    "fetch":{"url":"{{upstream}}/news","timeout":"2s","retries":0,
             "headers":{"authorization":"Bearer ${UPSTREAM_TOKEN}"}},
    "store":{"version":1,"ttl":"1h"},"heartbeat":"{{sink}}/ping/${PING_TOKEN}"})");
  if (authority_) usual["fetch"]["caFile"] = "ca.pem";
  usual.merge_patch(own);
  fill(usual, names_);
  return usual.dump();
}

void InputStage::make_files() {
  const json files = input_.input.value("files", json::object());
  if (!files.contains("schedules/news.jsonc")) {
    std::filesystem::create_directories(world_.dir / "schedules");
    std::ofstream(world_.dir / "schedules/news.jsonc", std::ios::binary) << schedule();
  }
  for (const auto& [path, recipe] : files.items())
    if (!recipe.is_null()) make_file(world_.dir / filled(path, names_), recipe, names_);
}

void InputStage::command(const json& words) const {
  Strings filled_in;
  for (const json& word : words) filled_in.push_back(cooked(word, names_));
  const auto reply = redis_.command(filled_in, database_);
  if (reply.is_error()) throw std::runtime_error(filled_in.front() + ": " + reply.text);
}

void InputStage::make_old_value() {
  if (input_.has("before")) {
    for (const json& words : input_.input.at("before")) command(words);
  } else {
    old_ = input_.has("old") ? cooked(input_.input.at("old"), names_) : kOld;
    if (!old_.empty()) redis_.command({"SET", kKey, old_, "PX", kOldLife}, database_);
  }
}

Twist InputStage::twist(const json& store) const {
  Twist twist;
  twist.command = store.value("at", "");
  twist.word = store.value("word", "");
  twist.first = store.value("first", 1);
  twist.last = store.value("last", twist.first);
  twist.pass = store.value("pass", false);
  twist.replaces = input_.gives("reply.resp", "reply");
  twist.reply = input_.bytes("reply.resp", "reply", names_);
  if (store.contains("more")) twist.more = cooked(store.at("more"), names_);
  twist.delay = std::chrono::milliseconds(store.value("delay_ms", 0));
  twist.ending = ending_of(store.value("ending", "keep"));
  twist.byte_by_byte = store.value("byte_by_byte", false);
  if (store.contains("before")) twist.before = [this, words = store.at("before")] { command(words); };
  return twist;
}

void InputStage::make_store() {
  if (!input_.has("store")) return;
  relay_ = std::make_unique<StoreRelay>(redis_.socket_path(), twist(input_.input.at("store")));
  world_.env["PREWARM_STORE"] = relay_->url() + "?db=" + std::to_string(database_);
}

void InputStage::make_environment() {
  world_.env["PREWARM_STORE"] = names_["redis"];
  world_.env["PREWARM_STORE_PASSWORD"] = kStorePassword;
  world_.env["UPSTREAM_TOKEN"] = std::string("token-") + kCanary;
  world_.env["PING_TOKEN"] = std::string("ping-") + kCanary;
  const json own = input_.input.value("environment", json::object());
  for (const auto& [name, value] : own.items()) {
    if (value.is_null())
      world_.env.erase(name);
    else
      world_.env[name] = cooked(value, names_);
  }
}

std::vector<Strings> InputStage::commands(bool configuration) const {
  if (input_.has("commands")) {
    std::vector<Strings> all;
    for (const json& words : input_.input.at("commands")) {
      all.emplace_back();
      for (const json& word : words) all.back().push_back(cooked(word, names_));
    }
    return all;
  }
  if (configuration) return {{"check"}, {"once", "news"}};
  return {{"once", "news", "--json", "--log-format", "json"}};
}

std::string InputStage::inside_script() const {
  const std::string names =
      "mount --bind resolv.conf /etc/resolv.conf\nmount --bind nsswitch.conf /etc/nsswitch.conf\n";
  const std::string own =
      input_.gives("inside.sh", "inside") ? input_.bytes("inside.sh", "inside", names_) : R"(exec "$@")";
  return name_server_ ? names + own : own;
}

testkit::Finished InputStage::run(const Strings& words) const {
  testkit::ChildCommand command = world_.command(words);
  if (input_.inside()) command = inside(command, inside_script());
  if (input_.files.contains("run.sh")) {
    command.arguments.insert(command.arguments.begin(),
                             {"-euc", input_.files.at("run.sh"), "run.sh", command.program.string()});
    command.program = "bash";
  }
  if (input_.has("stdin")) command.input = cooked(input_.input.at("stdin"), names_);
  return testkit::run(command, kLimit);
}

Strings InputStage::pings() const {
  Strings events;
  for (const auto& request : world_.sink.requests()) {
    const std::string path = request.path();
    const bool start = path.ends_with("/start"), fail = path.ends_with("/fail");
    events.emplace_back(start ? "start" : fail ? "fail" : "success");
  }
  return events;
}

}  // namespace prewarm::campaign

// SPDX-License-Identifier: Apache-2.0
// deploy/kubernetes and deploy/compose.yaml: what a cluster's admission would refuse, and what has to agree
// with the program: exit codes, drain time, paths of the image.
#include <yaml-cpp/yaml.h>

#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <string>
#include <vector>

#include "deploy/restricted_profile.hpp"
#include "support/redis_server.hpp"

namespace prewarm::deploy {
namespace {

const std::string kFolder = PREWARM_SOURCE_DIR "/deploy/";

YAML::Node load(const std::string& file) { return YAML::LoadFile(kFolder + file); }
YAML::Node worker_pod() { return load("kubernetes/deployment.yaml")["spec"]["template"]["spec"]; }
YAML::Node one_shot_job() { return load("kubernetes/cronjob.yaml")["spec"]["jobTemplate"]["spec"]; }
YAML::Node one_shot_pod() { return one_shot_job()["template"]["spec"]; }

using Texts = std::vector<std::string>;

// "${NAME:?}" and "${NAME}" as compose fills them in.
std::string filled(std::string text) {
  const std::vector<std::pair<std::string, std::string>> values{{"PREWARM_ENV", "production"},
                                                                {"PREWARM_STORE_PASSWORD", "worker-secret"},
                                                                {"READER_PASSWORD", "reader-secret"}};
  for (const auto& [name, value] : values)
    for (const std::string& hole : {"${" + name + ":?}", "${" + name + "}"})
      for (std::size_t at = text.find(hole); at != std::string::npos; at = text.find(hole))
        text.replace(at, hole.size(), value);
  return text;
}

// What follows each --user of the store's command.
Texts compose_users() {
  Texts users;
  for (const auto& word : load("compose.yaml")["services"]["valkey"]["command"].as<Texts>())
    if (word == "--user")
      users.emplace_back();
    else if (!users.empty())
      users.back() += (users.back().empty() ? "" : " ") + filled(word);
  return users;
}

struct Spoiled {
  std::string violation;
  std::function<void(YAML::Node pod, YAML::Node container)> spoil;
};

}  // namespace

TEST_CASE("worker and one-shot pass the restricted Pod Security profile") {
  CHECK(restricted_profile_violations(worker_pod()) == Texts{});
  CHECK(restricted_profile_violations(one_shot_pod()) == Texts{});
}

TEST_CASE("worker and one-shot have a read-only root, limits, and no token of the cluster") {
  CHECK(hardening_gaps(worker_pod()) == Texts{});
  CHECK(hardening_gaps(one_shot_pod()) == Texts{});
}

TEST_CASE("each field that the profile asks for is missed when it is spoiled") {
  const std::string context = "containers.prewarm.securityContext.";
  const std::vector<Spoiled> table = {
      {"hostNetwork", [](auto pod, auto) { pod["hostNetwork"] = true; }},
      {"hostPID", [](auto pod, auto) { pod["hostPID"] = true; }},
      {"hostIPC", [](auto pod, auto) { pod["hostIPC"] = true; }},
      {"securityContext.runAsNonRoot",
       [](auto pod, auto) { pod["securityContext"]["runAsNonRoot"] = false; }},
      {"securityContext.runAsUser", [](auto pod, auto) { pod["securityContext"]["runAsUser"] = 0; }},
      {"securityContext.seccompProfile.type",
       [](auto pod, auto) { pod["securityContext"]["seccompProfile"]["type"] = "Unconfined"; }},
      {"securityContext.sysctls", [](auto pod, auto) { pod["securityContext"]["sysctls"] = "x"; }},
      {context + "runAsNonRoot", [](auto pod, auto) { pod["securityContext"].remove("runAsNonRoot"); }},
      {context + "seccompProfile.type",
       [](auto pod, auto) { pod["securityContext"].remove("seccompProfile"); }},
      {context + "runAsUser", [](auto, auto container) { container["securityContext"]["runAsUser"] = 0; }},
      {context + "allowPrivilegeEscalation",
       [](auto, auto container) { container["securityContext"].remove("allowPrivilegeEscalation"); }},
      {context + "privileged",
       [](auto, auto container) { container["securityContext"]["privileged"] = true; }},
      {context + "procMount",
       [](auto, auto container) { container["securityContext"]["procMount"] = "Unmasked"; }},
      {context + "capabilities.drop",
       [](auto, auto container) { container["securityContext"].remove("capabilities"); }},
      {context + "capabilities.add",
       [](auto, auto container) {
         container["securityContext"]["capabilities"]["add"].push_back("NET_ADMIN");
       }},
      {"containers.prewarm.ports.hostPort",
       [](auto, auto container) { container["ports"][0]["hostPort"] = 8080; }},
      {"containers.prewarm.livenessProbe.host",
       [](auto, auto container) { container["livenessProbe"]["httpGet"]["host"] = "example.net"; }},
      {"volumes.hostPath", [](auto pod, auto) { pod["volumes"][0]["hostPath"]["path"] = "/"; }},
  };
  for (const Spoiled& row : table) {
    YAML::Node pod = worker_pod();
    row.spoil(pod, pod["containers"][0]);
    CHECK(restricted_profile_violations(pod) == Texts{row.violation});
  }
}

TEST_CASE("the grace of worker and one-shot leaves the drain time and room for the last reports") {
  CHECK(worker_pod()["terminationGracePeriodSeconds"].as<int>() >= 25 + 5);
  CHECK(one_shot_pod()["terminationGracePeriodSeconds"].as<int>() >= 25 + 5);
}

TEST_CASE("a new worker replaces the old one only when it has lived") {
  const YAML::Node spec = load("kubernetes/deployment.yaml")["spec"];
  CHECK(spec["strategy"]["rollingUpdate"]["maxUnavailable"].as<int>() == 0);
  CHECK(spec["minReadySeconds"].as<int>() >= 10);
  CHECK(spec["replicas"].as<int>() == 1);
}

TEST_CASE("a one-shot fails at once on 2, 4, 7 and 12, and is tried again on anything else") {
  const YAML::Node job = one_shot_job();
  const YAML::Node rules = job["podFailurePolicy"]["rules"];
  REQUIRE(rules.size() == 2);
  CHECK(rules[0]["action"].as<std::string>() == "FailJob");
  CHECK(rules[0]["onExitCodes"]["operator"].as<std::string>() == "In");
  CHECK(rules[0]["onExitCodes"]["containerName"].as<std::string>() ==
        one_shot_pod()["containers"][0]["name"].as<std::string>());
  CHECK(rules[0]["onExitCodes"]["values"].as<std::vector<int>>() == std::vector<int>{2, 4, 7, 10, 12});
  CHECK(rules[1]["action"].as<std::string>() == "Ignore");
  CHECK(rules[1]["onPodConditions"][0]["type"].as<std::string>() == "DisruptionTarget");
  CHECK(one_shot_pod()["restartPolicy"].as<std::string>() == "Never");
  CHECK(job["backoffLimit"].as<int>() >= 1);
}

TEST_CASE("a one-shot neither overtakes another nor outlives its slot") {
  const YAML::Node spec = load("kubernetes/cronjob.yaml")["spec"];
  CHECK(spec["concurrencyPolicy"].as<std::string>() == "Forbid");
  CHECK(spec["timeZone"].as<std::string>() == "Etc/UTC");
  CHECK(spec["schedule"].as<std::string>() == "*/5 * * * *");
  CHECK(spec["startingDeadlineSeconds"].as<int>() >= 10);  // below, the controller may never start one
  CHECK(one_shot_job()["activeDeadlineSeconds"].as<int>() < 300);
}

TEST_CASE("every file that a setting names is mounted from the sample Secret") {
  const YAML::Node secret = load("kubernetes/secret.example.yaml");
  for (const YAML::Node& pod : {worker_pod(), one_shot_pod()}) {
    const YAML::Node container = pod["containers"][0];
    CHECK(container["volumeMounts"][0]["mountPath"].as<std::string>() == "/etc/prewarm/schedules");
    CHECK(container["volumeMounts"][1]["mountPath"].as<std::string>() == "/etc/prewarm/secrets");
    CHECK(pod["volumes"][0]["configMap"]["name"].as<std::string>() ==
          load("kubernetes/schedules.yaml")["metadata"]["name"].as<std::string>());
    CHECK(pod["volumes"][1]["secret"]["secretName"].as<std::string>() ==
          secret["metadata"]["name"].as<std::string>());
    for (const YAML::Node& setting : container["env"]) {
      const auto name = setting["name"].as<std::string>();
      const auto value = setting["value"].as<std::string>();
      if (name.size() < 5 || name.substr(name.size() - 5) != "_FILE") continue;
      REQUIRE(value.rfind("/etc/prewarm/secrets/", 0) == 0);
      CHECK(secret["stringData"][value.substr(21)].IsDefined());
    }
  }
}

TEST_CASE("compose gives prewarm a store that refuses rather than evicts, and a read-only root") {
  const YAML::Node compose = load("compose.yaml");
  const YAML::Node prewarm = compose["services"]["prewarm"];
  CHECK(prewarm["read_only"].as<bool>());
  CHECK(prewarm["cap_drop"].as<Texts>() == Texts{"ALL"});
  CHECK(prewarm["stop_grace_period"].as<std::string>() == "30s");
  const auto command = compose["services"]["valkey"]["command"].as<Texts>();
  CHECK(Texts(command.begin(), command.begin() + 7) == Texts{"valkey-server", "--maxmemory", "256mb",
                                                             "--maxmemory-policy", "noeviction",
                                                             "--appendonly", "yes"});
  CHECK_FALSE(compose["services"]["valkey"]["ports"].IsDefined());
}

TEST_CASE("compose's users let the worker write its keys, readers read them, and nobody do more") {
  const testkit::RedisServer redis({.users = compose_users()});
  const auto answer = [&](const Texts& login, const Texts& words) {
    testkit::Resp link(testkit::connect_unix(redis.socket_path()));
    if (!login.empty()) link.command({"AUTH", login[0], login[1]});
    return link.command(words).text.substr(0, 6);
  };
  const Texts worker{"prewarm-production", "worker-secret"}, reader{"reader", "reader-secret"};
  const std::string key = "recent-listens:production:v3";
  CHECK(answer({}, {"GET", key}) == "NOAUTH");
  CHECK(answer(worker, {"SET", key, "value", "PX", "60000"}) == "OK");
  CHECK(answer(worker, {"SET", "prewarm:production:probe:w", "1"}) == "OK");
  CHECK(answer(worker, {"SET", "recent-listens:development:v3", "1"}) == "NOPERM");
  CHECK(answer(worker, {"DEL", key}) == "NOPERM");
  CHECK(answer(reader, {"GET", key}) == "value");
  CHECK(answer(reader, {"SET", key, "x"}) == "NOPERM");
  CHECK(answer(reader, {"GET", "prewarm:production:probe:w"}) == "NOPERM");
}

}  // namespace prewarm::deploy

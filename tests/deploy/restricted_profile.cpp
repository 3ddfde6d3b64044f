// SPDX-License-Identifier: Apache-2.0
#include "deploy/restricted_profile.hpp"

#include <algorithm>
#include <initializer_list>
#include <set>

namespace prewarm::deploy {
namespace {

using Violations = std::vector<std::string>;

using Path = std::initializer_list<const char*>;

// The node at the end of the path, undefined if there is none: yaml-cpp itself throws in the middle of a
// path, and makes members that are asked for unless the node is constant.
YAML::Node at(const YAML::Node& node, Path path) {
  YAML::Node here = node;
  for (const char* name : path) {
    const YAML::Node parent = here;
    if (!parent.IsDefined() || !parent.IsMap() || !parent[name].IsDefined())
      return YAML::Node(YAML::NodeType::Undefined);
    here.reset(parent[name]);
  }
  return here;
}

bool has(const YAML::Node& node, Path path) { return at(node, path).IsDefined(); }

bool is(const YAML::Node& node, Path path, const std::string& text) {
  const YAML::Node found = at(node, path);
  return found.IsDefined() && found.IsScalar() && found.Scalar() == text;
}

bool is_or_absent(const YAML::Node& node, Path path, const std::string& text) {
  return !has(node, path) || is(node, path, text);
}

std::vector<YAML::Node> list(const YAML::Node& node, Path path) {
  const YAML::Node found = at(node, path);
  if (!found.IsDefined()) return {};
  return {found.begin(), found.end()};
}

std::vector<YAML::Node> containers_of(const YAML::Node& pod) {
  std::vector<YAML::Node> out;
  for (const char* kind : {"containers", "initContainers", "ephemeralContainers"})
    for (const YAML::Node& container : list(pod, {kind})) out.push_back(container);
  return out;
}

// What pod or container has to say about its user and its system calls. Pods may leave it to their
// containers.
void check_identity(const std::string& path, const YAML::Node& context, const YAML::Node* of_pod,
                    Violations& out) {
  const auto silent = [&](Path field) {
    return !has(context, field) && (of_pod == nullptr || has(*of_pod, field));
  };
  const Path seccomp = {"seccompProfile", "type"};
  if (!silent(seccomp) && !is(context, seccomp, "RuntimeDefault") && !is(context, seccomp, "Localhost"))
    out.push_back(path + ".seccompProfile.type");
  const Path non_root = {"runAsNonRoot"};
  if (!silent(non_root) && !is(context, non_root, "true")) out.push_back(path + ".runAsNonRoot");
  if (is(context, {"runAsUser"}, "0")) out.push_back(path + ".runAsUser");
}

void check_capabilities(const std::string& path, const YAML::Node& context, Violations& out) {
  const auto drop = list(context, {"capabilities", "drop"});
  if (std::none_of(drop.begin(), drop.end(), [](const YAML::Node& name) { return is(name, {}, "ALL"); }))
    out.push_back(path + ".capabilities.drop");
  for (const YAML::Node& name : list(context, {"capabilities", "add"}))
    if (!is(name, {}, "NET_BIND_SERVICE")) out.push_back(path + ".capabilities.add");
}

void check_container(const YAML::Node& pod, const YAML::Node& container, Violations& out) {
  const std::string path = "containers." + container["name"].as<std::string>("?");
  const std::string inside = path + ".securityContext";
  const YAML::Node context = at(container, {"securityContext"});
  const YAML::Node of_pod = at(pod, {"securityContext"});
  check_identity(inside, context, &of_pod, out);
  check_capabilities(inside, context, out);
  if (!is(context, {"allowPrivilegeEscalation"}, "false"))
    out.push_back(inside + ".allowPrivilegeEscalation");
  if (!is_or_absent(context, {"privileged"}, "false")) out.push_back(inside + ".privileged");
  if (!is_or_absent(context, {"procMount"}, "Default")) out.push_back(inside + ".procMount");
  for (const YAML::Node& port : list(container, {"ports"}))
    if (!is_or_absent(port, {"hostPort"}, "0")) out.push_back(path + ".ports.hostPort");
  for (const char* probe : {"livenessProbe", "readinessProbe", "startupProbe"})
    for (const char* kind : {"httpGet", "tcpSocket"})
      if (has(container, {probe, kind, "host"})) out.push_back(path + "." + probe + ".host");
}

void check_volumes(const YAML::Node& pod, Violations& out) {
  static const std::set<std::string> kAllowed = {"configMap", "csi",    "downwardAPI",
                                                 "emptyDir",  "image",  "ephemeral",
                                                 "projected", "secret", "persistentVolumeClaim"};
  for (const YAML::Node& volume : list(pod, {"volumes"}))
    for (const auto& member : volume) {
      const auto kind = member.first.as<std::string>();
      if (kind != "name" && !kAllowed.contains(kind)) out.push_back("volumes." + kind);
    }
}

}  // namespace

std::vector<std::string> restricted_profile_violations(const YAML::Node& pod) {
  Violations out;
  for (const char* name : {"hostNetwork", "hostPID", "hostIPC"})
    if (!is_or_absent(pod, {name}, "false")) out.emplace_back(name);
  check_identity("securityContext", at(pod, {"securityContext"}), nullptr, out);
  for (const char* name : {"sysctls", "windowsOptions", "seLinuxOptions", "appArmorProfile"})
    if (has(pod, {"securityContext", name})) out.push_back(std::string("securityContext.") + name);
  check_volumes(pod, out);
  if (containers_of(pod).empty()) out.emplace_back("containers");
  for (const YAML::Node& container : containers_of(pod)) check_container(pod, container, out);
  return out;
}

std::vector<std::string> hardening_gaps(const YAML::Node& pod) {
  Violations out;
  for (const char* name : {"automountServiceAccountToken", "enableServiceLinks"})
    if (!is(pod, {name}, "false")) out.emplace_back(name);
  for (const YAML::Node& container : containers_of(pod)) {
    if (!is(container, {"securityContext", "readOnlyRootFilesystem"}, "true"))
      out.emplace_back("readOnlyRootFilesystem");
    for (const char* kind : {"requests", "limits"})
      for (const char* what : {"cpu", "memory"})
        if (!has(container, {"resources", kind, what}))
          out.push_back(std::string("resources.") + kind + "." + what);
    for (const YAML::Node& mount : list(container, {"volumeMounts"}))
      if (!is(mount, {"readOnly"}, "true")) out.emplace_back("volumeMounts.readOnly");
  }
  return out;
}

}  // namespace prewarm::deploy

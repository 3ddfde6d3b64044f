// SPDX-License-Identifier: Apache-2.0
// The restricted profile of Kubernetes' Pod Security Standards, field by field, and what we ask beyond it.
// For the tests of our own manifests; not a general checker (Linux pods only). Pure.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>
#include <vector>

namespace prewarm::deploy {

/// What in this pod specification the profile forbids or misses; each text begins with the field's path.
std::vector<std::string> restricted_profile_violations(const YAML::Node& pod);

/// What is advisable for a worker beyond the profile and missing here.
std::vector<std::string> hardening_gaps(const YAML::Node& pod);

}  // namespace prewarm::deploy

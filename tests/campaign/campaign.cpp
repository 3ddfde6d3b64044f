// SPDX-License-Identifier: Apache-2.0
#include "campaign/campaign.hpp"

#include <cstdio>
#include <fstream>

namespace prewarm::campaign {
namespace {

constexpr std::size_t kMostFindings = 20;  // after these a fault is plain, and each may take a deadline

/// Of the two programs that a campaign runs.
std::string build_id() {
  std::string id;
  for (const std::filesystem::path file : {"/proc/self/exe", PREWARM_BINARY_DIR "/prewarm"}) {
    const auto real = std::filesystem::canonical(file);
    id += (id.empty() ? "" : "-") +
          std::to_string(std::filesystem::last_write_time(real).time_since_epoch().count());
  }
  return id;
}

}  // namespace

Campaign::Campaign(Options options, const std::filesystem::path& folder) : options_(std::move(options)) {
  std::filesystem::create_directories(folder);
  file_ = folder / (options_.campaign + "-" + size_text(options_.size) + "-" + std::to_string(options_.seed) +
                    "-" + build_id());
  std::ifstream lines(file_);
  for (std::string line; std::getline(lines, line);) passed_before_.insert(line);
  if (!passed_before_.empty() && options_.only.empty())
    tell("goes on: " + std::to_string(passed_before_.size()) + " cases of this build have passed before");
}

bool Campaign::wants(const std::string& name) const {
  if (!options_.only.empty()) return name == options_.only;
  return !passed_before_.contains(name);
}

bool Campaign::wants_group(const std::string& group) const {
  return options_.only.empty() || options_.only.rfind(group, 0) == 0;
}

void Campaign::run(const std::string& name, const std::function<Findings()>& body) {
  if (!wants(name) || too_many()) return;
  Findings found;
  try {
    found = body();
  } catch (const std::exception& error) {
    found.push_back(std::string("the case ended with: ") + error.what());
  }
  for (const std::string& line : found) tell("FOUND in " + name + ": " + line);
  const std::lock_guard lock(mutex_);
  if (!found.empty()) return failed_.push_back(name);
  ++passed_;
  keep(name);
}

void Campaign::keep(const std::string& name) {
  std::ofstream(file_, std::ios::app) << name << '\n' << std::flush;
}

void Campaign::tell(const std::string& line) const {
  std::fprintf(stderr, "%s: %6.1f s  %s\n", options_.campaign.c_str(), seconds(), line.c_str());
}

bool Campaign::too_many() const {
  const std::lock_guard lock(mutex_);
  return failed_.size() >= kMostFindings;
}

double Campaign::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
}

int Campaign::conclude() const {
  const std::lock_guard lock(mutex_);
  if (passed_ + failed_.size() == 0 && !options_.only.empty()) {
    tell("there is no case " + options_.only + " in this size");
    return 2;
  }
  tell(std::to_string(passed_) + " passed, " + std::to_string(failed_.size()) + " found something");
  if (failed_.empty()) {
    std::filesystem::remove(file_);  // the next one is a new one
    return 0;
  }
  std::fprintf(stderr, "tests/campaign/%s --size %s --seed %llu --only %s\n", options_.campaign.c_str(),
               size_text(options_.size).c_str(), static_cast<unsigned long long>(options_.seed),
               failed_.front().c_str());
  return 1;
}

}  // namespace prewarm::campaign

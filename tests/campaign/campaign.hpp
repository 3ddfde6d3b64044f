// SPDX-License-Identifier: Apache-2.0
// The book that a campaign keeps of its cases: progress on stderr, what was found, the command that shows it
// again, and which cases this very build has passed already, so that a long campaign which was stopped goes
// on where it was. Thread-safe.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "campaign/options.hpp"

namespace prewarm::campaign {

/// What a case found, a line each; empty: every promise held.
using Findings = std::vector<std::string>;

class Campaign {
 public:
  /// `folder`: where the passed cases are kept.
  Campaign(Options options, const std::filesystem::path& folder);

  const Options& options() const noexcept { return options_; }
  bool ci() const noexcept { return options_.size == Size::ci; }
  bool release() const noexcept { return options_.size == Size::release; }
  /// Whether the case is asked for and not passed already. A case that is asked for by name always is.
  bool wants(const std::string& name) const;
  /// Whether a case below `group` ("redis/replace/") may be asked for.
  bool wants_group(const std::string& group) const;
  /// Runs the case if it is wanted. An exception of it is a finding.
  void run(const std::string& name, const std::function<Findings()>& body);
  /// A line of progress.
  void tell(const std::string& line) const;
  bool too_many() const;  // findings, to go on
  double seconds() const;

  /// Says how it went; the exit status. The last line of a campaign that found something is the command that
  /// shows the first of it again.
  int conclude() const;

 private:
  void keep(const std::string& name);

  Options options_;
  std::filesystem::path file_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  mutable std::mutex mutex_;
  std::set<std::string> passed_before_;
  std::vector<std::string> failed_;
  std::size_t passed_ = 0;
};

}  // namespace prewarm::campaign

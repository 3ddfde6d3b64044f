// SPDX-License-Identifier: Apache-2.0
#include "prewarm/run/outcome.hpp"

#include <algorithm>
#include <array>

namespace prewarm::run {
namespace {

// In the order of the enum.
constexpr std::array<std::string_view, 12> kWords{
    "verified",      "unchanged",  "partial",           "rejected",   "upstream_failed", "store_failed",
    "verify_failed", "superseded", "claimed_elsewhere", "overlapped", "missed",          "cancelled"};

// A newer worker has been here, in the value or in the ledger: this worker is the stale one.
bool is_newer(ErrorKind reason) noexcept {
  return reason == ErrorKind::newer_version || reason == ErrorKind::ledger_newer;
}

bool stopped_by_signal(int code) noexcept { return code > 128; }

}  // namespace

std::string_view outcome_text(Outcome outcome) noexcept { return kWords[static_cast<std::size_t>(outcome)]; }

Outcome outcome_of(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::invalid:  // never ends a run; if it does, nothing was written, as after a broken answer
    case ErrorKind::dns:
    case ErrorKind::connect:
    case ErrorKind::tls:
    case ErrorKind::timeout:
    case ErrorKind::address:
    case ErrorKind::too_large:
    case ErrorKind::broken:
    case ErrorKind::no_body:
    case ErrorKind::body:
    case ErrorKind::http_5xx:
    case ErrorKind::http_4xx:
    case ErrorKind::auth:
    case ErrorKind::rate_limited:
    case ErrorKind::http_3xx:
    case ErrorKind::status:
    case ErrorKind::parse:
    case ErrorKind::id_source:
    case ErrorKind::no_ids_back:
    case ErrorKind::deadline:
      return Outcome::upstream_failed;
    case ErrorKind::shape:
    case ErrorKind::key:
    case ErrorKind::key_twice:
    case ErrorKind::record_id:
    case ErrorKind::guard:
      return Outcome::rejected;
    case ErrorKind::ids_missing:
      return Outcome::partial;
    case ErrorKind::unreachable:
    case ErrorKind::store_auth:
    case ErrorKind::refused:
    case ErrorKind::store_deadline:
    case ErrorKind::no_answer:
    case ErrorKind::not_primary:
    case ErrorKind::protocol:
      return Outcome::store_failed;
    case ErrorKind::differs:
    case ErrorKind::vanished:
      return Outcome::verify_failed;
    case ErrorKind::later_write:
    case ErrorKind::newer_version:
    case ErrorKind::ledger_newer:
      return Outcome::superseded;
    case ErrorKind::overlap:
      return Outcome::overlapped;
    case ErrorKind::missed:
      return Outcome::missed;
    case ErrorKind::shutdown:
      return Outcome::cancelled;
  }
  check_failed("every ErrorKind has an outcome", __FILE__, __LINE__);
}

int exit_code_of(Outcome outcome, ErrorKind reason) noexcept {
  switch (outcome) {
    case Outcome::verified:
    case Outcome::unchanged:
    case Outcome::missed:
      return 0;
    case Outcome::partial:
      return 3;
    case Outcome::rejected:
      return 7;
    case Outcome::upstream_failed:
      return reason == ErrorKind::auth ? 4 : 1;
    case Outcome::store_failed:
      return reason == ErrorKind::store_auth ? 4 : 5;
    case Outcome::verify_failed:
      return 6;
    case Outcome::superseded:
      return is_newer(reason) ? 12 : 0;
    case Outcome::claimed_elsewhere:
    case Outcome::overlapped:
      return 9;
    case Outcome::cancelled:
      return 143;
  }
  check_failed("every Outcome has an exit code", __FILE__, __LINE__);
}

int combined_exit(const std::vector<int>& codes) noexcept {
  const auto signal = std::find_if(codes.begin(), codes.end(), stopped_by_signal);
  if (signal != codes.end()) return *signal;
  const auto well = std::count(codes.begin(), codes.end(), 0);
  if (well == static_cast<std::ptrdiff_t>(codes.size())) return 0;
  if (well > 0) return 3;
  const bool common =
      std::count(codes.begin(), codes.end(), codes.front()) == static_cast<std::ptrdiff_t>(codes.size());
  return common ? codes.front() : 1;
}

PingKind ping_of(Outcome outcome, ErrorKind reason) noexcept {
  switch (outcome) {
    case Outcome::verified:
    case Outcome::unchanged:
      return PingKind::success;
    case Outcome::partial:
    case Outcome::rejected:
    case Outcome::upstream_failed:
    case Outcome::store_failed:
    case Outcome::verify_failed:
    case Outcome::cancelled:
      return PingKind::fail;
    case Outcome::superseded:
      return is_newer(reason) ? PingKind::fail : PingKind::none;
    case Outcome::claimed_elsewhere:
    case Outcome::overlapped:
    case Outcome::missed:
      return PingKind::none;
  }
  check_failed("every Outcome has a ping", __FILE__, __LINE__);
}

bool counts_as_failure(Outcome outcome, ErrorKind reason) noexcept {
  return outcome != Outcome::cancelled && ping_of(outcome, reason) == PingKind::fail;
}

}  // namespace prewarm::run

// SPDX-License-Identifier: Apache-2.0
// Faults that are planted on purpose, to show that the tests would find such (PROMISES 13, whose numbers
// these are). The presets for tests compile them in and one can be chosen at run time; in a release `planted`
// is the constant false, and nothing of them is left.
#pragma once

#include <cstdint>

namespace prewarm {

enum class Plant : std::uint8_t {
  none = 0,
  ping_success_always = 1,  // before verify, and whatever it says
  ping_on_superseded = 2,
  ping_on_partial = 3,
  plain_set = 5,             // no fence
  own_retry_superseded = 6,  // >= for >
  version_as_text = 7,
  head_set_apart = 9,              // compared in one command, set in another, nothing between
  every_error_is_wrong_type = 10,  // in the script
  token_after_fetch = 12,
  wall_clock_token = 13,  // the worker's own
  time_asked_once = 14,
  fresh_instant_on_resend = 15,
  resend_after_deadline = 16,
  lower_version_obeyed = 18,
  length_compared = 19,       // head and length in place of bytes
  role_not_asked = 22,        // of a new connection
  lost_script_believed = 23,  // and its read-back
  replica_believed = 24,      // that says superseded
  renewal_of_nothing = 25,    // SETRANGE without comparing
  gone_value_named = 26,      // in a request, so that a 304 can come for it
  older_making_named = 27,    // validators of a value that was made in another way
  renewal_of_anything = 28,   // PEXPIRE without comparing
  extension_shortens = 29,
  catch_up_runs_all = 38,
  repeated_hour_twice = 39,
  gap_lost = 40,
  random_jitter = 41,  // of each replica
  wall_clock_duration = 42,
  empty_accepted = 44,
  shrink_off_by_one = 45,
  no_growth_guard = 46,
  guard_after_write = 47,
  size_before_decoding = 48,
  numbers_rewritten = 49,
  last_member_selected = 50,  // of two
  id_not_encoded = 51,
  link_kept_after_timeout = 53,
  refused_password_retried = 55,
  redirects_followed = 56,
  retries_without_end = 57,
  shared_across_credentials = 58,
  password_in_error = 63,
  full_queue_drops = 66,
  far_head_obeyed = 67,
  no_age_check = 68,
  worker_clock_in_rules = 69,
  near_head_replaced = 70,  // one that is less than 60 s ahead
  one_error_hides_others = 71,
  refusal_fails_window = 72,
};

#ifdef PREWARM_PLANTS
/// Whether this fault is in force now: the one chosen last, at first that of the variable PREWARM_PLANT (its
/// number).
bool planted(Plant plant) noexcept;
/// From now on this one and no other. Thread-safe.
void plant(Plant plant) noexcept;
#else
constexpr bool planted(Plant /*plant*/) noexcept { return false; }
#endif

}  // namespace prewarm

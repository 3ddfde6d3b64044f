// SPDX-License-Identifier: Apache-2.0
// A schedule on its way from a file to the catalog: the tree, the definition as far as it could be read, and
// every finding so far. Later checks look up which fields were given, which were sound and where they stand.
// The tree, several times the file, is let go when the file has been read: what is said of it once all files
// are known is kept beside it. Pure; not copied, because fields point into the tree.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "complaint.hpp"
#include "document.hpp"
#include "prewarm/schedule/catalog.hpp"

namespace prewarm::schedule {

/// So many findings of one file are told; a file with more is no schedule.
inline constexpr std::size_t kMaxFindings = 100;

struct Draft {
  Draft(const SourceFile& source, const LoadInput& load_input)
      : input(load_input), file(source.path), lines(source.bytes) {}
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  ~Draft() = default;

  const LoadInput& input;
  const std::string file;
  const Lines lines;
  Document document;
  const std::shared_ptr<Schedule> made = std::make_shared<Schedule>();  // becomes the catalog's
  Schedule& schedule = *made;
  std::vector<Finding> findings;

  struct Seen {
    const Node* node;
    bool sound;
  };
  std::map<std::string, Seen, std::less<>> fields;  // by pointer, as in the field table
  bool has_gaps = false;                            // `schedule.gaps` is known

  struct Allowed {
    int code;
    std::size_t at;
    std::string written;
  };
  std::vector<Allowed> allow;

  // Known when the tree is let go.
  std::vector<std::size_t>
      keys_at;  // where each of `store.keys` stands; none when they are not to be compared
  std::size_t cron_at = 0;
  std::string cron_written;

  /// A fault of a variable that does no harm: it may be unset, or the schedule is not going to run.
  bool forgives(int code) const {
    if (input.allow_unset && code == 301) return true;
    const bool of_variable = code == 301 || code == 303 || code == 306 || code == 307;
    return of_variable && input.running && !input.running->contains(schedule.name);
  }

  bool given(std::string_view pointer) const { return fields.find(pointer) != fields.end(); }
  /// Absent, so that the default holds, or read without complaint.
  bool sound(std::string_view pointer) const {
    const auto field = fields.find(pointer);
    return field == fields.end() || field->second.sound;
  }
  /// Where the value begins, or the nearest object that should hold it.
  std::size_t place_of(std::string_view pointer) const;
  /// Where an element of it begins, if the value is a list.
  std::size_t place_of(std::string_view pointer, std::size_t element) const;
  /// The value as the file writes it, a text without quotes; empty if absent.
  std::string written(std::string_view pointer) const;

  Finding& report(std::string_view pointer, std::size_t at, Complaint complaint, std::string value = {});
  /// Of a field of the table that was given or should have been.
  Finding& report(std::string_view pointer, Complaint complaint) {
    return report(pointer, place_of(pointer), std::move(complaint), written(pointer));
  }
};

/// The value as text, at most 80 characters.
std::string shown_value(const Node& node);

/// Nothing is looked up by pointer afterwards; sets what stays known of the places.
void let_tree_go(Draft& draft);
/// Reads every member by the field table into `draft`: PW103 to PW106 and whatever the fields' readers find.
void read_fields(Draft& draft);
/// Slots: gaps over the coming year, and what can be said of the expression in its zone (PW211 to PW217).
void check_slots(Draft& draft);
/// Fills the defaults that depend on gaps, and compares them with what is given (PW218 to PW226).
void check_arithmetic(Draft& draft);
/// Fields that exclude or need each other (PW114, PW233, PW238, PW411, PW412).
void check_agreement(Draft& draft);
/// The same of a fan-out (PW105, PW114, PW234, PW235).
void check_fanout(Draft& draft);
/// What only several files can get wrong (PW110, PW112, PW113, PW216).
void check_together(const std::vector<std::unique_ptr<Draft>>& drafts);
/// Each origin's strictest rate, to all who ask that origin, also for ids: the lowest a second, the smallest
/// burst.
void share_rates(const std::vector<std::unique_ptr<Draft>>& drafts);
/// First 8 hex digits of SHA-256 over every setting that changes what a run does, variables unfilled.
std::string config_hash(const Draft& draft);

}  // namespace prewarm::schedule

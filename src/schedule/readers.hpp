// SPDX-License-Identifier: Apache-2.0
// Readers of values, one for each type of the field table: from a node to the member of the definition, with
// every complaint said through Reading::refuse (PW103 wrong type or unit, PW106 outside the limits, and what
// the type adds). Overloads on the member's type, so that a row only names the member. Pure.
#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "fields.hpp"

namespace prewarm::schedule {

bool read(const Reading& in, std::string& text);
bool read(const Reading& in, Millis& duration);
bool read(const Reading& in, std::optional<Millis>& duration);
bool read(const Reading& in, Bytes& size);
bool read(const Reading& in, std::int64_t& number);
bool read(const Reading& in, int& number);
bool read(const Reading& in, std::size_t& number);
bool read(const Reading& in, std::optional<std::size_t>& number);
bool read(const Reading& in, double& number);
bool read(const Reading& in, std::optional<double>& number);
bool read(const Reading& in, bool& flag);
bool read(const Reading& in, Pointer& pointer);
bool read(const Reading& in, std::optional<Pointer>& pointer);
bool read(const Reading& in, std::vector<Pointer>& pointers);
/// The index of the choice; -1 if it is none.
int read_choice(const Reading& in);
template <class E>
requires std::is_enum_v<E>
bool read(const Reading& in, E& choice) {
  const int index = read_choice(in);
  if (index >= 0) choice = static_cast<E>(index);
  return index >= 0;
}

bool read_ignored(const Reading& in);
bool read_format(const Reading& in);
bool read_runbook(const Reading& in);
bool read_tags(const Reading& in);
bool read_name(const Reading& in, std::string& text);
bool read_cron(const Reading& in);
bool read_zone(const Reading& in);
bool read_allow(const Reading& in);
bool read_url(const Reading& in);
bool read_body(const Reading& in);
bool read_query(const Reading& in);
bool read_headers(const Reading& in);
// The request budget of a host (read_rate.cpp).
bool read_rate(const Reading& in);
bool read_burst(const Reading& in);
bool read_ca_file(const Reading& in);
bool read_expect(const Reading& in);
bool read_pick(const Reading& in);
bool read_ttl(const Reading& in);
bool read_keys(const Reading& in);
bool read_heartbeat(const Reading& in);
// The parts of a fan-out (read_fanout.cpp).
FanoutSpec& fanout_of(Draft& draft);  // made with the first of them
Pages& pages_of(Draft& draft);        // likewise, with the URL that has them
bool read_id_list(const Reading& in);
bool read_id_file(const Reading& in);
bool read_ids_url(const Reading& in);
bool read_ids_pointer(const Reading& in);
bool read_ids_id(const Reading& in);
bool read_ids_headers(const Reading& in);
bool read_ids_set(const Reading& in);

/// PW302, said, for each "${" in the value, where nothing is filled in.
bool has_holes(const Reading& in);
/// PW103: the value is of another kind than `wanted` ("a duration such as \"90s\"").
bool refuse_kind(const Reading& in, std::string_view wanted, std::string remedy);
/// PW106 unless least <= number <= most of the field; `number` in the field's unit.
bool within(const Reading& in, std::int64_t number);
/// PW106 unless the value has as many children as the range says.
bool within_count(const Reading& in, std::string_view what);
/// The value as it stands in the file, a text in quotes; at most 80 characters.
std::string shown(const Node& node);
/// A path as the file gives it, from the folder of the schedule file.
std::string beside(const Draft& draft, const std::string& path);

}  // namespace prewarm::schedule

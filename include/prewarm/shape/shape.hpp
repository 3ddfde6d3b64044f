// SPDX-License-Identifier: Apache-2.0
// Body -> payload: one JSON text? expected? then select, pick, limit, guard, wrap, key (SURFACE 4 `shape`,
// `guard`). Values are sliced out of the body's own bytes: numbers, escapes and member order arrive as
// upstream sent them. A Shaper keeps its parser's memory between bodies; owned by the shape thread. `compare`
// is pure.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "prewarm/base/id_list.hpp"
#include "prewarm/base/json.hpp"
#include "prewarm/run/run.hpp"

namespace prewarm::shape {

/// Picking can make a value larger than its body. More than four times `fetch.maxBytes`, or than this, is
/// refused: memory stays bounded, and every value can be read whole again.
inline constexpr std::size_t kMaxValueBytes = 64U << 20;
inline constexpr std::size_t kMostGrowth = 4;

/// A payload: a part of the body as it lies there, or bytes of its own.
class Payload {
 public:
  /// The part of a text that outlives it.
  void lie_in(std::string_view part) noexcept { part_ = part; }
  /// Bytes of its own, to be added to.
  std::string& own() noexcept { return own_; }
  bool lies() const noexcept { return !part_.empty(); }
  /// Copies what lies elsewhere.
  void take_over();

  std::size_t size() const noexcept { return view().size(); }
  std::string_view view() const noexcept { return lies() ? part_ : std::string_view(own_); }
  // NOLINTNEXTLINE(google-explicit-constructor): it is read as bytes everywhere
  operator std::string_view() const noexcept { return view(); }
  friend bool operator==(const Payload& payload, std::string_view bytes) noexcept {
    return payload.view() == bytes;
  }

 private:
  std::string own_;
  std::string_view part_;
};

/// The shaped value, ready to be sealed. Its body must outlive it, also when that is moved: the payload may
/// lie in it.
struct Shaped {
  Payload payload;                   // after `shape.as`
  std::optional<std::size_t> items;  // elements, if the value (before `as`) is an array
  JsonType type = JsonType::null;    // of the value before `as`
  std::size_t value_bytes = 0;       // of the value before `as`
  bool empty = false;                // [] {} ""
  std::vector<std::string> keys;     // the key, then the aliases that could be filled
  std::size_t aliases_skipped = 0;
};

/// Which ids a request asked for: [first, first + count) of the run's list, which outlives the answer.
struct Asked {
  const IdList& ids;
  std::size_t first = 0, count = 0;
};
/// One id that came back.
struct IdValue {
  std::size_t id = 0;  // in the run's list
  Result<Shaped> shaped;
};
struct Records {
  std::vector<IdValue>
      values;  // in the order of the body, each id once; those that did not come are left out
  std::vector<Error> without_id;  // records that name no id (PW607)
  std::size_t strangers = 0;      // records of ids that this request did not ask for: passed over
};

/// What a page of an id source holds besides its ids.
struct IdPage {
  std::size_t records = 0;              // elements of the array, those with repeated ids included
  std::optional<std::string> cursor{};  // of pages by cursor: what is at their pointer, not empty; nothing:
                                        // the list ends
};

class Shaper {
 public:
  Shaper();
  ~Shaper();
  Shaper(const Shaper&) = delete;
  Shaper& operator=(const Shaper&) = delete;

  /// Rules that need no stored value are applied here. Errors: parse (PW601), body (PW523), shape (PW603),
  /// key (PW605), key_twice (PW606), guard (PW610); each says what came and what was wanted, never more of
  /// the body than 80 characters of a member name.
  Result<Shaped> shape(const schedule::Schedule& schedule, const run::Body& body);
  /// Of a fan-out: the records of one answer, each shaped by itself. Errors are those of the whole body:
  /// parse, body, shape (`fanout.records` finds nothing or the wrong kind); a single record's is in its
  /// place.
  Result<Records> records(const schedule::Schedule& schedule, const run::Body& body, const Asked& asked);
  /// Of an id source, one page of it: adds an array of texts or numbers at `source.pointer`, or of objects
  /// with one at `source.id`. Errors: id_source (PW524), saying what was found.
  Result<IdPage> ids(const schedule::UrlIds& source, const run::Body& body, IdList& ids);
  /// A run is through: memory that only large bodies need is given back.
  void rest();

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

/// The bytes of the value at `pointer` in sound JSON, a view into it; nothing when it finds none.
std::optional<std::string_view> slice(std::string_view json, const schedule::Pointer& pointer);

/// What is stored now, as far as guards compare: of the payload without its `as` wrapper.
struct StoredFacts {
  std::size_t bytes = 0;
  std::optional<std::size_t> items;
  bool empty = false;
};
/// Facts of a stored payload (sound JSON), unwrapping `{"as":…}`.
StoredFacts stored_facts(std::string_view payload, const schedule::ShapeSpec& shape);
/// Whether `compare` would look at the stored value at all; false saves the read.
bool compares(const schedule::GuardSpec& guard, const Shaped& fresh) noexcept;
/// Rules that compare with the stored value: empty over not empty, maxShrink, maxGrow. Errors: guard (PW610)
/// with rule, limit, what came and what is stored.
Result<void> compare(const schedule::GuardSpec& guard, const Shaped& fresh, const StoredFacts& stored);

/// Seals values of one schedule with one token: the head is made, and looked at, once. The entries refer to
/// it and to the payloads.
class Sealer {
 public:
  /// `schedule` outlives it.
  Sealer(const schedule::Schedule& schedule, WallTime instant);
  /// Adds one entry per key; how many.
  std::size_t seal(std::string_view payload, std::vector<std::string> keys,
                   std::vector<run::Entry>& entries) const;

 private:
  const schedule::StoreSpec& store_;
  WallTime instant_;
  std::string head_;
};

}  // namespace prewarm::shape

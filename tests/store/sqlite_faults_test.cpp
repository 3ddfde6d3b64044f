// SPDX-License-Identifier: Apache-2.0
// A failing disk at every step of a write, and another writer between COMMIT and read-back.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "store/faulty_disk.hpp"
#include "store/sqlite_world.hpp"

using namespace prewarm;
using namespace prewarm::store;
using Answer = run::ReadBack::Answer;
using Fault = FaultyDisk::Fault;
using Span = FaultyDisk::Span;

namespace {

// More than a page, so that a write is several.
std::string payload(char c) { return "\"" + std::string(20'000, c) + "\""; }

struct Seen {
  std::optional<ErrorKind> error;
  bool is_new = false;
};

// A write over an older value while the `nth` change of a file fails. Nothing when that many were not needed.
std::optional<Seen> write_with_fault(FaultyDisk& disk, int nth, Fault fault, Span span) {
  SqliteWorld world;
  const auto store = world.store();
  const WallTime now = world.clock().wall_now();
  const auto old = entry_at(now - Millis(5), 3, payload('o')), fresh = entry_at(now, 3, payload('n'));
  REQUIRE(write_one(*store, old, world.soon()).answer == Answer::written);
  disk.fail(nth, fault, span);
  const auto answer = write_one(*store, fresh, world.soon());
  disk.heal();
  Seen seen;
  if (answer.error) seen.error = answer.error->kind;
  const auto found = sure(world.store()->read(fresh.key, 1 << 20, false, world.soon()));
  REQUIRE((found.bytes == old.value || found.bytes == fresh.value));
  seen.is_new = found.bytes == fresh.value;
  CHECK(world.sql("PRAGMA integrity_check") == "ok");
  // The same store goes on as if nothing had been.
  CHECK(write_one(*store, fresh, world.soon()).answer == Answer::written);
  if (!disk.struck()) return std::nullopt;
  return seen;
}

}  // namespace

TEST_CASE("a disk that fails at any step of a write leaves the old or the new value whole, and says which") {
  FaultyDisk disk;
  const Fault fault = GENERATE(Fault::full, Fault::io_error);
  const Span span = GENERATE(Span::once, Span::from_then_on);
  int steps = 0;
  while (const auto seen = write_with_fault(disk, ++steps, fault, span)) {
    CAPTURE(steps);
    if (!seen->error) CHECK(seen->is_new);
    if (seen->error && *seen->error != ErrorKind::no_answer) {
      CHECK((*seen->error == ErrorKind::refused || *seen->error == ErrorKind::unreachable));
      CHECK_FALSE(seen->is_new);
    }
  }
  CHECK(steps > 8);
}

TEST_CASE("a full disk is named and can be tried again") {
  FaultyDisk disk;
  SqliteWorld world;
  const auto store = world.store();
  disk.fail(1, Fault::full, Span::from_then_on);
  const auto answer = write_one(*store, entry_at(world.clock().wall_now()), world.soon());
  disk.heal();
  REQUIRE(answer.error);
  CHECK(answer.error->kind == ErrorKind::refused);
  CHECK(answer.error->message == "could not write to sqlite:" + world.path() + ": no space is left for it");
  CHECK(answer.error->retryable);
  sure(store->probe(world.soon()));
}

TEST_CASE("a value that another process writes between COMMIT and read-back is what the read-back returns") {
  FaultyDisk disk;
  SqliteWorld world;
  const auto store = world.store();
  sure(store->probe(world.soon()));
  const auto entry = entry_at(world.clock().wall_now());
  disk.after_commit([&] { world.sql("UPDATE entries SET value = CAST('[]' AS BLOB)"); });
  auto answer = write_one(*store, entry, world.soon());
  CHECK(answer.answer == Answer::written);
  CHECK(answer.found.bytes == "[]");
  disk.after_commit([&] { world.sql("DELETE FROM entries"); });
  answer = write_one(*store, entry, world.soon());
  CHECK(answer.answer == Answer::written);
  CHECK(answer.found.kind == run::Found::Kind::absent);
}

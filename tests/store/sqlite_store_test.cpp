// SPDX-License-Identifier: Apache-2.0
// The file of the embedded store: what it may be, what it may not be, and who else may hold it
// (PROMISES 11.E28).
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <csignal>

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <filesystem>
#include <fstream>
#include <thread>

#include "store/sqlite_file.hpp"
#include "store/sqlite_world.hpp"

using namespace prewarm;
using namespace prewarm::store;
using Answer = run::ReadBack::Answer;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;
namespace fs = std::filesystem;

namespace {

const std::string kKey = "recent-listens:test:v3";

Error write_error(World& world) {
  const auto store = world.store();
  const auto answer = write_one(*store, entry_at(world.clock().wall_now()), world.soon());
  REQUIRE(answer.error);
  return *answer.error;
}

// The rights of a user who is not root, for file access of this process.
class AsNobody {
 public:
  AsNobody() : was_(geteuid()) {
    if (was_ == 0) ENSURE(seteuid(65534) == 0);
  }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;
  ~AsNobody() {
    if (was_ == 0) ENSURE(seteuid(0) == 0);
  }

 private:
  uid_t was_;
};

class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    ENSURE(getrlimit(RLIMIT_FSIZE, &before_) == 0);
    rlimit lower = before_;
    lower.rlim_cur = bytes;
    ENSURE(setrlimit(RLIMIT_FSIZE, &lower) == 0);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

}  // namespace

TEST_CASE("the file says whose it is, keeps a rollback journal, and none is left behind") {
  SqliteWorld world;
  const auto store = world.store();
  CHECK(store->target() == "sqlite:" + world.path());
  sure(store->probe(world.soon()));
  CHECK(world.sql("PRAGMA application_id") == "1349670765");
  CHECK(world.sql("PRAGMA user_version") == "1");
  CHECK(world.sql("PRAGMA journal_mode") == "delete");
  CHECK(std::distance(fs::directory_iterator(world.directory().path()), fs::directory_iterator()) == 1);
}

TEST_CASE("a read makes no file") {
  SqliteWorld world;
  const auto store = world.store();
  CHECK(sure(store->read(kKey, 10, true, world.soon())).kind == run::Found::Kind::absent);
  CHECK_FALSE(sure(store->get_record("prewarm:test:x", world.soon())));
  CHECK_FALSE(fs::exists(world.path()));
}

TEST_CASE("a file of no bytes is nothing to a reader and is made into a store by the first write") {
  SqliteWorld world;
  world.directory().write("prewarm.db", "");
  const auto store = world.store();
  CHECK(sure(store->read(kKey, 10, true, world.soon())).kind == run::Found::Kind::absent);
  CHECK(fs::file_size(world.path()) == 0);
  sure(store->probe(world.soon()));
}

TEST_CASE("what is no store of ours is refused and left as it is") {
  SqliteWorld world;
  SECTION("not a database") {
    const std::string text(5000, 'x');
    world.directory().write("prewarm.db", text);
    CHECK_THAT(write_error(world).message, ContainsSubstring("not an SQLite database"));
    CHECK(testkit::read_file(world.path()) == text);
  }
  SECTION("another program's database") {
    world.sql("CREATE TABLE entries(a, b)");
    const std::string before = testkit::read_file(world.path());
    CHECK_THAT(write_error(world).message, ContainsSubstring("another program's database"));
    CHECK(testkit::read_file(world.path()) == before);
  }
  SECTION("another application's id") {
    world.sql("PRAGMA application_id = 77");
    CHECK_THAT(write_error(world).message, ContainsSubstring("another program's database"));
  }
  SECTION("our id without our tables") {
    sure(world.store()->probe(world.soon()));
    world.sql("DROP TABLE records");
    CHECK_THAT(write_error(world).message, ContainsSubstring("another program's database"));
  }
  CHECK(write_error(world).kind == ErrorKind::refused);
  CHECK_FALSE(write_error(world).retryable);
  CHECK_FALSE(write_error(world).remedy.empty());
}

TEST_CASE("the file of a newer prewarm is not touched") {
  SqliteWorld world;
  sure(world.store()->probe(world.soon()));
  world.sql("PRAGMA user_version = 2");
  CHECK(write_error(world).kind == ErrorKind::ledger_newer);
  CHECK(world.store()->read(kKey, 10, false, world.soon()).error().kind == ErrorKind::ledger_newer);
}

TEST_CASE("a damaged file is refused when it is opened") {
  SqliteWorld world;
  const auto store = world.store();
  std::vector<run::Entry> entries;
  for (int i = 0; i < 60; ++i) {
    entries.push_back(entry_at(world.clock().wall_now(), 3, "\"" + std::string(2000, 'x') + "\""));
    entries.back().key = "many:test:" + std::to_string(i) + ":v3";
  }
  store->write(entries, kMaxAge, world.soon());
  store->close();
  std::fstream file(world.path(), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(4096);
  file.write(std::string(8192, '\x5a').data(), 8192);
  file.close();
  const Error error = write_error(world);
  CHECK(error.kind == ErrorKind::refused);
  CHECK_THAT(error.message, EndsWith("the file is damaged"));
  CHECK_THAT(error.remedy, ContainsSubstring("move it away"));
  CHECK(store->read(entries[50].key, 10, false, world.soon()).error().kind == ErrorKind::refused);
}

TEST_CASE("opening makes the file, and a file that cannot be written is refused at once") {
  SqliteWorld world;
  const auto store = world.store();
  sure(store->open(world.soon()));
  CHECK(fs::exists(world.path()));
  CHECK(world.sql("SELECT count(*) FROM entries") == "0");
}

TEST_CASE("a place where no file can be is unreachable, with the reason") {
  SqliteWorld world;
  SECTION("a folder") {
    fs::create_directory(world.path());
    CHECK_THAT(write_error(world).message, EndsWith("it is a folder"));
  }
  SECTION("no such folder") {
    const auto store =
        sure(make_store(Secret("sqlite:" + world.path() + "/x/y.db"), test_settings(), world.clock()));
    const auto error = store->probe(world.soon()).error();
    CHECK_THAT(error.message, EndsWith("No such file or directory"));
    CHECK(error.kind == ErrorKind::unreachable);
    CHECK(store->open(world.soon()).error().kind == ErrorKind::unreachable);
    CHECK(store->read(kKey, 10, true, world.soon()).error().kind == ErrorKind::unreachable);
    CHECK(store->get_record("prewarm:test:x", world.soon()).error().kind == ErrorKind::unreachable);
    fs::create_directory(world.path());
  }
  CHECK(write_error(world).kind == ErrorKind::unreachable);
}

TEST_CASE("a read-only file can be read and is refused to writes") {
  SqliteWorld world;
  const auto entry = entry_at(world.clock().wall_now());
  REQUIRE(write_one(*world.store(), entry, world.soon()).answer == Answer::written);
  fs::permissions(world.path(), fs::perms(0444));
  fs::permissions(world.directory().path(), fs::perms(0755));
  const AsNobody nobody;
  CHECK(sure(world.store()->read(kKey, 1000, true, world.soon())).bytes == entry.value);
  const Error error = write_error(world);
  CHECK(error.kind == ErrorKind::refused);
  CHECK_THAT(error.message, ContainsSubstring("read-only"));
  CHECK_FALSE(error.retryable);
  CHECK(world.store()->probe(world.soon()).error().kind == ErrorKind::refused);
  CHECK(world.store()->put_record("prewarm:test:x", "{}", Millis(1000), world.soon()).error().kind ==
        ErrorKind::refused);
}

TEST_CASE("a file without the right to read it is unreachable") {
  SqliteWorld world;
  sure(world.store()->probe(world.soon()));
  fs::permissions(world.path(), fs::perms(0000));
  fs::permissions(world.directory().path(), fs::perms(0755));
  const AsNobody nobody;
  const Error error = write_error(world);
  CHECK(error.kind == ErrorKind::unreachable);
  CHECK_THAT(error.message, EndsWith("Permission denied"));
}

TEST_CASE("a limit on the size of files is no space left, and what was stored stays") {
  SqliteWorld world;
  const auto old = entry_at(world.clock().wall_now() - Millis(5));
  const auto store = world.store();
  REQUIRE(write_one(*store, old, world.soon()).answer == Answer::written);
  const auto large = entry_at(world.clock().wall_now(), 3, "\"" + std::string(1 << 20, 'x') + "\"");
  {
    const FileSizeLimit limit(64 << 10);
    const auto answer = write_one(*store, large, world.soon());
    REQUIRE(answer.error);
    CHECK(answer.error->kind == ErrorKind::refused);
    CHECK_THAT(answer.error->message, EndsWith("no space is left for it"));
  }
  CHECK(sure(store->read(kKey, 1000, false, world.soon())).bytes == old.value);
  CHECK(write_one(*store, large, world.soon()).answer == Answer::written);
}

TEST_CASE("a process killed in the middle of a write leaves a journal that is rolled back") {
  SqliteWorld world;
  const auto old = entry_at(world.clock().wall_now());
  REQUIRE(write_one(*world.store(), old, world.soon()).answer == Answer::written);
  // As SQLite leaves it: a copy of file and journal taken while a large transaction has spilled into the
  // file.
  const std::string copy = (world.directory() / "copy.db").string();
  {
    sqlite3* opened = nullptr;
    sqlite3_open_v2(world.path().c_str(), &opened, SQLITE_OPEN_READWRITE, nullptr);
    const Database db(opened);
    REQUIRE(run_sql(opened,
                    "PRAGMA cache_size = 2; BEGIN IMMEDIATE; UPDATE entries SET value = zeroblob(10);"
                    "INSERT INTO entries VALUES('x:test:v1', zeroblob(500000), 99999999999999);") ==
            SQLITE_OK);
    fs::copy_file(world.path(), copy);
    fs::copy_file(world.path() + "-journal", copy + "-journal");
  }
  REQUIRE(fs::file_size(copy) > 100'000);
  const auto store = sure(make_store(Secret("sqlite:" + copy), test_settings(), world.clock()));
  CHECK(sure(store->read(kKey, 1000, false, world.soon())).bytes == old.value);
  CHECK(fs::file_size(copy) < 100'000);
  CHECK_FALSE(fs::exists(copy + "-journal"));
}

TEST_CASE("a lock held by another process is waited for until the deadline, then named") {
  SqliteWorld world;
  const auto store = world.store();
  sure(store->probe(world.soon()));
  sqlite3* opened = nullptr;
  sqlite3_open_v2(world.path().c_str(), &opened, SQLITE_OPEN_READWRITE, nullptr);
  const Database other(opened);
  REQUIRE(run_sql(opened, "BEGIN IMMEDIATE") == SQLITE_OK);

  const BootTime start = world.clock().boot_now();
  const auto answer = write_one(*store, entry_at(world.clock().wall_now()), start + Millis(300));
  const auto took = world.clock().boot_now() - start;
  REQUIRE(answer.error);
  CHECK(answer.error->kind == ErrorKind::refused);
  CHECK_THAT(answer.error->message, EndsWith("another process held its lock until the deadline"));
  CHECK(answer.error->retryable);
  CHECK(took >= Millis(250));
  CHECK(took < std::chrono::seconds(5));
  // Readers are not held up by a writer that has not begun to commit.
  CHECK(store->read(kKey, 10, false, world.soon()).ok());

  std::thread releases([&] { run_sql(opened, "COMMIT"); });
  CHECK(write_one(*store, entry_at(world.clock().wall_now()), world.soon()).answer == Answer::written);
  releases.join();
}

TEST_CASE("a reader that keeps its lock makes the commit fail whole, and nothing is written") {
  SqliteWorld world;
  const auto store = world.store();
  const auto old = entry_at(world.clock().wall_now() - Millis(5));
  REQUIRE(write_one(*store, old, world.soon()).answer == Answer::written);
  sqlite3* opened = nullptr;
  sqlite3_open_v2(world.path().c_str(), &opened, SQLITE_OPEN_READWRITE, nullptr);
  const Database other(opened);
  {
    Query reader(opened, "SELECT value FROM entries");
    REQUIRE(reader.step() == SQLITE_ROW);
    const auto answer =
        write_one(*store, entry_at(world.clock().wall_now()), world.clock().boot_now() + Millis(200));
    REQUIRE(answer.error);
    CHECK(answer.error->kind == ErrorKind::refused);
    CHECK(world.value(kKey) == old.value);
  }
  CHECK(write_one(*store, entry_at(world.clock().wall_now()), world.soon()).answer == Answer::written);
}

TEST_CASE("a file deleted under a running worker is made anew") {
  SqliteWorld world;
  const auto store = world.store();
  const auto entry = entry_at(world.clock().wall_now());
  REQUIRE(write_one(*store, entry, world.soon()).answer == Answer::written);
  fs::remove(world.path());
  CHECK(sure(store->read(kKey, 10, false, world.soon())).kind == run::Found::Kind::absent);
  CHECK(write_one(*store, entry, world.soon()).answer == Answer::written);
  CHECK(world.value(kKey) == entry.value);
}

TEST_CASE("rows that have expired are swept by later writes") {
  SqliteWorld world;
  world.plant("old:test:v1", "[]", Millis(-1000));
  CHECK(world.value("old:test:v1"));
  sure(world.store()->probe(world.soon()));
  CHECK_FALSE(world.value("old:test:v1"));
}

TEST_CASE("text put there by hand is read like bytes") {
  SqliteWorld world;
  world.plant(kKey, "");
  world.sql("UPDATE entries SET value = '[1,\"é\"]'");
  const auto store = world.store();
  const auto found = sure(store->read(kKey, 100, false, world.soon()));
  CHECK(found.kind == run::Found::Kind::text);
  CHECK(found.bytes == "[1,\"é\"]");
  CHECK(found.length == 8);
}

TEST_CASE("a foreign value of any size is read up to the cap alone") {
  SqliteWorld world;
  world.plant(kKey, "");
  world.sql("UPDATE entries SET value = zeroblob(40000000)");
  const auto store = world.store();
  sqlite3_memory_highwater(1);
  const auto found = sure(store->read(kKey, 100, false, world.soon()));
  CHECK(found.length == 40'000'000);
  CHECK(found.bytes.size() == 100);
  const auto answer = write_one(*store, entry_at(world.clock().wall_now()), world.soon());
  CHECK(answer.old_length == 40'000'000);
  CHECK(sqlite3_memory_highwater(0) < 10'000'000);
}

TEST_CASE("network file systems are told from local ones") {
  CHECK(is_network_file_system(0x6969));      // NFS
  CHECK(is_network_file_system(0x517B));      // SMB
  CHECK(is_network_file_system(0xFF534D42));  // CIFS
  CHECK(is_network_file_system(static_cast<int>(0xFF534D42)));
  CHECK(is_network_file_system(0xFE534D42));        // SMB2
  CHECK_FALSE(is_network_file_system(0xEF53));      // ext4
  CHECK_FALSE(is_network_file_system(0x01021994));  // tmpfs
  CHECK_FALSE(is_network_file_system(0x794c7630));  // overlayfs
}

// SPDX-License-Identifier: Apache-2.0
#include "store/faulty_disk.hpp"

#include <sqlite3.h>

#include <utility>

namespace prewarm::store {
namespace {

struct Plan {
  int countdown = 0;  // 0: nothing planned
  FaultyDisk::Fault fault = FaultyDisk::Fault::full;
  FaultyDisk::Span span = FaultyDisk::Span::once;
  bool struck = false;
  bool synced = false;
  std::function<void()> after_commit;
};

Plan plan;
sqlite3_vfs* real_disk = nullptr;
sqlite3_vfs faulty;

// SQLITE_OK, or what the changing call of kind `io_code` answers.
int strike(int io_code) {
  if (plan.countdown == 0 || --plan.countdown > 0) return SQLITE_OK;
  plan.struck = true;
  plan.countdown = plan.span == FaultyDisk::Span::from_then_on ? 1 : 0;
  return plan.fault == FaultyDisk::Fault::full ? SQLITE_FULL : io_code;
}

struct File {
  sqlite3_file base;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

File* of(sqlite3_file* file) { return reinterpret_cast<File*>(file); }
sqlite3_file* real(sqlite3_file* file) { return of(file)->real(); }

int close_file(sqlite3_file* f) { return real(f)->pMethods->xClose(real(f)); }
int read_file(sqlite3_file* f, void* to, int n, sqlite3_int64 at) {
  return real(f)->pMethods->xRead(real(f), to, n, at);
}
int write_file(sqlite3_file* f, const void* from, int n, sqlite3_int64 at) {
  if (const int code = strike(SQLITE_IOERR_WRITE)) {
    real(f)->pMethods->xWrite(real(f), from, n / 2, at);  // a short write
    return code;
  }
  return real(f)->pMethods->xWrite(real(f), from, n, at);
}
int truncate_file(sqlite3_file* f, sqlite3_int64 size) {
  if (const int code = strike(SQLITE_IOERR_TRUNCATE)) return code;
  return real(f)->pMethods->xTruncate(real(f), size);
}
int sync_file(sqlite3_file* f, int flags) {
  if (const int code = strike(SQLITE_IOERR_FSYNC)) return code;
  plan.synced = true;
  return real(f)->pMethods->xSync(real(f), flags);
}
int file_size(sqlite3_file* f, sqlite3_int64* size) { return real(f)->pMethods->xFileSize(real(f), size); }
int lock(sqlite3_file* f, int level) { return real(f)->pMethods->xLock(real(f), level); }
int unlock(sqlite3_file* f, int level) {
  const int code = real(f)->pMethods->xUnlock(real(f), level);
  if (level == SQLITE_LOCK_NONE && plan.synced && plan.after_commit)
    std::exchange(plan.after_commit, nullptr)();
  return code;
}
int check_lock(sqlite3_file* f, int* out) { return real(f)->pMethods->xCheckReservedLock(real(f), out); }
int control(sqlite3_file* f, int op, void* arg) { return real(f)->pMethods->xFileControl(real(f), op, arg); }
int sector_size(sqlite3_file* f) { return real(f)->pMethods->xSectorSize(real(f)); }
int characteristics(sqlite3_file* f) { return real(f)->pMethods->xDeviceCharacteristics(real(f)); }

const sqlite3_io_methods kMethods{
    1,       close_file, read_file,  write_file, truncate_file, sync_file,       file_size,
    lock,    unlock,     check_lock, control,    sector_size,   characteristics, nullptr,
    nullptr, nullptr,    nullptr,    nullptr,    nullptr};

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* f, int flags, int* out_flags) {
  of(f)->base.pMethods = nullptr;
  if (flags & (SQLITE_OPEN_MAIN_JOURNAL))
    if (const int code = strike(SQLITE_CANTOPEN)) return code;
  const int code = real_disk->xOpen(real_disk, name, real(f), flags, out_flags);
  if (code == SQLITE_OK) of(f)->base.pMethods = &kMethods;
  return code;
}
int delete_file(sqlite3_vfs*, const char* name, int sync) {
  if (const int code = strike(SQLITE_IOERR_DELETE)) return code;
  return real_disk->xDelete(real_disk, name, sync);
}
int access_file(sqlite3_vfs*, const char* name, int flags, int* out) {
  return real_disk->xAccess(real_disk, name, flags, out);
}
int full_path(sqlite3_vfs*, const char* name, int n, char* out) {
  return real_disk->xFullPathname(real_disk, name, n, out);
}

}  // namespace

FaultyDisk::FaultyDisk() {
  plan = Plan();
  real_disk = sqlite3_vfs_find(nullptr);
  faulty = *real_disk;
  faulty.zName = "faulty";
  faulty.szOsFile = static_cast<int>(sizeof(File)) + real_disk->szOsFile;
  faulty.pNext = nullptr;
  faulty.xOpen = open_file;
  faulty.xDelete = delete_file;
  faulty.xAccess = access_file;
  faulty.xFullPathname = full_path;
  sqlite3_vfs_register(&faulty, 1);
}

FaultyDisk::~FaultyDisk() {
  sqlite3_vfs_unregister(&faulty);
  sqlite3_vfs_register(real_disk, 1);
}

void FaultyDisk::fail(int nth, Fault fault, Span span) { plan = {nth, fault, span, false, false, nullptr}; }
void FaultyDisk::heal() { plan.countdown = 0; }
bool FaultyDisk::struck() const { return plan.struck; }
void FaultyDisk::after_commit(std::function<void()> action) {
  plan.synced = false;
  plan.after_commit = std::move(action);
}

}  // namespace prewarm::store

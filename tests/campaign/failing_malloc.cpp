// SPDX-License-Identifier: Apache-2.0
// Preloaded into the program: its memory runs out at the n-th allocation, or from there on. `operator new`
// and all libraries come here too. Counted are those of all threads since this library began. What it counts
// lies in a file that the campaign reads, so that it is there however the program ends.
#include <execinfo.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" {
void* __libc_malloc(std::size_t size) noexcept;
void* __libc_calloc(std::size_t count, std::size_t size) noexcept;
void* __libc_realloc(void* old, std::size_t size) noexcept;
void* __libc_memalign(std::size_t alignment, std::size_t size) noexcept;
}

namespace {

// As read by torture.cpp.
struct Book {
  std::atomic<std::uint64_t> allocations;
  std::uint64_t failed_size;  // of the first that failed
};

Book* book = nullptr;  // none: nothing is counted
std::uint64_t nth = 0;
bool from_then_on = false, tells_where = false;
thread_local bool inside __attribute__((tls_model("initial-exec"))) = false;

void tell_where() {
  void* frames[64];
  inside = true;  // the first backtrace of a process allocates
  backtrace_symbols_fd(frames, backtrace(frames, 64), STDERR_FILENO);
  inside = false;
}

bool refuses(std::size_t size) noexcept {
  if (book == nullptr || inside) return false;
  const std::uint64_t number = book->allocations.fetch_add(1) + 1;
  if (nth == 0 || number < nth || (number > nth && !from_then_on)) return false;
  if (number == nth) {
    book->failed_size = size;
    if (tells_where) tell_where();
  }
  errno = ENOMEM;
  return true;
}

__attribute__((constructor)) void begin() {
  const char* const file = std::getenv("PREWARM_TORTURE_BOOK");
  const char* const number = std::getenv("PREWARM_TORTURE_NTH");
  if (file == nullptr) return;
  nth = number == nullptr ? 0 : std::strtoull(number, nullptr, 10);
  from_then_on = std::getenv("PREWARM_TORTURE_ON") != nullptr;
  tells_where = std::getenv("PREWARM_TORTURE_TELL") != nullptr;
  const int descriptor = open(file, O_RDWR | O_CLOEXEC);
  void* const page = mmap(nullptr, sizeof(Book), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  close(descriptor);
  if (page == MAP_FAILED) _exit(126);
  book = static_cast<Book*>(page);
}

}  // namespace

extern "C" {

void* malloc(std::size_t size) noexcept { return refuses(size) ? nullptr : __libc_malloc(size); }

void* calloc(std::size_t count, std::size_t size) noexcept {
  return refuses(count * size) ? nullptr : __libc_calloc(count, size);
}

void* realloc(void* old, std::size_t size) noexcept {
  return refuses(size) ? nullptr : __libc_realloc(old, size);
}

void* memalign(std::size_t alignment, std::size_t size) noexcept {
  return refuses(size) ? nullptr : __libc_memalign(alignment, size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept { return memalign(alignment, size); }

int posix_memalign(void** result, std::size_t alignment, std::size_t size) noexcept {
  void* const memory = memalign(alignment, size);
  if (memory == nullptr) return ENOMEM;
  *result = memory;
  return 0;
}
}

// SPDX-License-Identifier: Apache-2.0
#include "prewarm/base/give_up.hpp"

#include <openssl/crypto.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <new>
#include <system_error>

namespace prewarm {
namespace {

constexpr int kExitFailed = 1;  // a run failed (SURFACE 7)

iovec piece(const char* text) noexcept {
  return {const_cast<char*>(text), std::strlen(text)};  // NOLINT(cppcoreguidelines-pro-type-const-cast)
}

void* allocate(std::size_t size, const char* /*file*/, int /*line*/) noexcept {
  void* const memory = std::malloc(size);
  need_memory(memory != nullptr || size == 0);
  return memory;
}

void* allocate_anew(void* old, std::size_t size, const char* /*file*/, int /*line*/) noexcept {
  void* const memory = std::realloc(old, size);
  need_memory(memory != nullptr || size == 0);
  return memory;
}

void release(void* memory, const char* /*file*/, int /*line*/) noexcept { std::free(memory); }

}  // namespace

// No destructors: other threads still run. No stdio: its locks may be held by the very thread that is here.
void give_up(const char* what, const char* remedy) noexcept {
  const std::array line{piece("error "), piece(what), piece(".  do: "), piece(remedy), piece("\n")};
  [[maybe_unused]] const auto written = writev(STDERR_FILENO, line.data(), static_cast<int>(line.size()));
  _exit(kExitFailed);
}

void out_of_memory() noexcept {
  give_up("out of memory", "give the process more, or its schedules a smaller fetch.maxBytes");
}

void need_descriptor(bool granted) noexcept {
  if (!granted) give_up("no descriptor is left, or no memory for one", "raise the limit (ulimit -n)");
}

// OpenSSL that finds no memory while it begins reads through a null pointer (3.0; tests/campaign/torture).
void give_up_without_memory() noexcept {
  std::set_new_handler(out_of_memory);
  CRYPTO_set_mem_functions(allocate, allocate_anew, release);
}

std::thread start_thread(std::function<void()> work) noexcept {
  try {
    return std::thread(std::move(work));
  } catch (const std::system_error&) {
    give_up("cannot start a thread", "raise the limit of threads (ulimit -u, pids.max) or of memory");
  }
}

}  // namespace prewarm

// SPDX-License-Identifier: Apache-2.0
// For when the system refuses what nothing here can go on without: memory for a few bytes, a thread. One line
// on stderr and the end of the process, as sudden as a kill, which every promise withstands. Bad input and a
// store or an upstream that fails are errors of a run instead; mistakes of ours are ENSURE's. Thread-safe.
#pragma once

#include <functional>
#include <thread>

namespace prewarm {

/// "error out of memory.  do: …"; exit status 1. Allocates nothing.
[[noreturn]] void give_up(const char* what, const char* remedy) noexcept;

/// For what C libraries refuse for lack of memory alone.
[[noreturn]] void out_of_memory() noexcept;
inline void need_memory(bool granted) noexcept {
  if (!granted) out_of_memory();
}
/// Of an epoll, a timer, an event.
void need_descriptor(bool granted) noexcept;

/// From now on for the whole process: an allocation of C++ or OpenSSL that fails gives up, instead of an
/// exception or a crash in whatever thread it was. To be called before either allocates.
void give_up_without_memory() noexcept;

/// Gives up when there is no thread to be had.
std::thread start_thread(std::function<void()> work) noexcept;

}  // namespace prewarm

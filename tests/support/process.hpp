// SPDX-License-Identifier: Apache-2.0
// Child processes for tests: the built program, and servers. The child gets exactly the environment that is
// given (and PATH), default signals, no descriptor but the three, and is killed when the thread that started
// it ends, so that nothing outlives a test that crashed. Two threads of the kit serve each child: one for its
// pipes, one for its end. A Process has one owner; its functions are thread-safe.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/socket.hpp"

namespace prewarm::testkit {

struct ChildCommand {
  std::filesystem::path program;  // a path; a bare name is looked for on PATH
  std::vector<std::string> arguments{};
  std::map<std::string, std::string> environment{};  // PATH is added unless given
  std::string input{};                               // stdin, then its end
  std::filesystem::path directory{};                 // empty: ours
};

struct Finished {
  std::optional<int> exit_code;  // or
  int signal = 0;                // what ended it
  bool timed_out = false;        // we killed it: the limit was over
  std::string out, err;
  std::chrono::nanoseconds duration{0};
  std::chrono::microseconds processor{0};  // user and system time
  /// At least what the test itself had in use: Linux carries it over fork and exec. See peak_rss_kib.
  long max_rss_kib = 0;
};

class Process {
 public:
  /// Throws std::runtime_error when it cannot be started.
  explicit Process(const ChildCommand& command);
  /// SIGKILL if it still runs.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const noexcept;
  bool running() const;
  /// Most memory it has had resident up to now, its own alone; 0 when it has ended.
  long peak_rss_kib() const;
  long rss_kib() const;  // and now
  /// Nothing happens when it has ended.
  void signal(int number) const;

  enum class Stream : std::uint8_t { out, err };
  /// Waits for a whole line that contains `text`, also one that is there already, and returns it. Nothing
  /// when the child ends or the limit passes without it.
  std::optional<std::string> wait_for_line(const std::string& text, Stream stream = Stream::err,
                                           std::chrono::milliseconds limit = kDeadline) const;
  /// What it has written so far.
  std::string text(Stream stream) const;

  /// Waits for its end. At the limit it is killed (SIGKILL), which `timed_out` says.
  Finished wait(std::chrono::nanoseconds limit = kDeadline);
  /// SIGKILL when it has run that long, if it still does. For crash tests: to the microsecond, not to the
  /// minute.
  Finished kill_at(std::chrono::nanoseconds since_start);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Starts it and waits for its end.
Finished run(const ChildCommand& command, std::chrono::nanoseconds limit = kDeadline);

/// The file that a bare name means on our PATH. Empty when there is none.
std::filesystem::path find_program(const std::string& name);

}  // namespace prewarm::testkit

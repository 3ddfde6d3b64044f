// SPDX-License-Identifier: Apache-2.0
#include "support/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <stdexcept>
#include <string_view>
#include <thread>

#include "support/spawn.hpp"
#include "support/wire.hpp"

namespace prewarm::testkit {
namespace {

using Steady = std::chrono::steady_clock;

/// False at the end of the stream.
bool read_into(const Descriptor& pipe, std::string& bytes) {
  std::array<char, 16384> chunk{};
  const ssize_t got = read(pipe.get(), chunk.data(), chunk.size());
  if (got > 0) bytes.append(chunk.data(), static_cast<std::size_t>(got));
  return got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN));
}

std::optional<std::string> line_with(const std::string& text, const std::string& wanted) {
  for (std::size_t begin = 0, end = 0; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const std::string line = text.substr(begin, end - begin);
    if (line.find(wanted) != std::string::npos) return line;
  }
  return std::nullopt;
}

/// A line "NAME:   123 kB" of /proc/PID/status.
long status_kib(pid_t pid, const std::string& name) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind(name + ":", 0) == 0) return std::strtol(line.c_str() + name.size() + 1, nullptr, 10);
  return 0;
}

}  // namespace

struct Process::State {
  Spawned child;
  std::string input;
  Steady::time_point started = Steady::now();
  Gate ended;  // so that a grandchild which keeps a pipe open keeps nobody waiting

  mutable std::mutex mutex;
  mutable std::condition_variable changed;
  std::array<std::string, 2> texts;
  Finished outcome;     // guarded; complete once `over`
  bool reaped = false;  // the pid is no longer ours
  bool over = false;    // and all it wrote has been read
  std::thread pump, reaper;

  void reap();
  void serve_pipes();
  void feed();
  bool drain(std::size_t index);
};

void Process::State::reap() {
  siginfo_t info{};
  while (waitid(P_PID, static_cast<id_t>(child.pid), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
  }
  const auto end = Steady::now();
  const std::lock_guard lock(mutex);  // between here and `reaped` nobody may signal the pid
  int status = 0;
  rusage usage{};
  while (wait4(child.pid, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status)) outcome.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) outcome.signal = WTERMSIG(status);
  outcome.duration = end - started;
  outcome.max_rss_kib = usage.ru_maxrss;
  for (const timeval& used : {usage.ru_utime, usage.ru_stime})
    outcome.processor += std::chrono::seconds(used.tv_sec) + std::chrono::microseconds(used.tv_usec);
  reaped = true;
  ended.open();
}

/// Writes what the pipe takes; closes it after the last byte or when the child does not want it.
void Process::State::feed() {
  const ssize_t sent = write(child.in.get(), input.data(), input.size());
  if (sent >= 0) input.erase(0, static_cast<std::size_t>(sent));
  const bool refused = sent < 0 && errno != EINTR && errno != EAGAIN;
  if (input.empty() || refused) child.in.reset();
}

bool Process::State::drain(std::size_t index) {
  std::string bytes;
  Descriptor& pipe = index == 0 ? child.out : child.err;
  if (!read_into(pipe, bytes)) pipe.reset();
  if (bytes.empty()) return false;
  const std::lock_guard lock(mutex);
  texts[index] += bytes;
  changed.notify_all();
  return true;
}

void Process::State::serve_pipes() {
  block_sigpipe_in_this_thread();
  if (input.empty()) child.in.reset();
  for (;;) {
    std::array<pollfd, 4> watched{pollfd{ended.descriptor(), POLLIN, 0}, pollfd{child.in.get(), POLLOUT, 0},
                                  pollfd{child.out.get(), POLLIN, 0}, pollfd{child.err.get(), POLLIN, 0}};
    if (poll(watched.data(), watched.size(), -1) < 0) continue;
    if (watched[1].revents != 0) feed();
    const bool more_out = watched[2].revents != 0 && drain(0);
    const bool more_err = watched[3].revents != 0 && drain(1);
    if (watched[0].revents != 0 && !more_out && !more_err) break;
  }
  const std::lock_guard lock(mutex);
  outcome.out = texts[0];
  outcome.err = texts[1];
  over = true;
  changed.notify_all();
}

Process::Process(const ChildCommand& command) : state_(std::make_unique<State>()) {
  state_->input = command.input;
  state_->started = Steady::now();
  state_->child = spawn(command);
  state_->reaper = std::thread([s = state_.get()] { s->reap(); });
  state_->pump = std::thread([s = state_.get()] { s->serve_pipes(); });
}

Process::~Process() {
  signal(SIGKILL);
  state_->reaper.join();
  state_->pump.join();
}

pid_t Process::pid() const noexcept { return state_->child.pid; }

bool Process::running() const {
  const std::lock_guard lock(state_->mutex);
  return !state_->reaped;
}

long Process::peak_rss_kib() const { return running() ? status_kib(pid(), "VmHWM") : 0; }

long Process::rss_kib() const { return running() ? status_kib(pid(), "VmRSS") : 0; }

void Process::signal(int number) const {
  const std::lock_guard lock(state_->mutex);
  if (!state_->reaped) kill(state_->child.pid, number);
}

std::optional<std::string> Process::wait_for_line(const std::string& text, Stream stream,
                                                  std::chrono::milliseconds limit) const {
  const std::string& written = state_->texts.at(stream == Stream::out ? 0 : 1);
  std::unique_lock lock(state_->mutex);
  std::optional<std::string> found;
  state_->changed.wait_for(lock, limit, [&] {
    found = line_with(written, text);
    return found.has_value() || state_->over;
  });
  return found;
}

std::string Process::text(Stream stream) const {
  const std::lock_guard lock(state_->mutex);
  return state_->texts.at(stream == Stream::out ? 0 : 1);
}

Finished Process::wait(std::chrono::nanoseconds limit) {
  std::unique_lock lock(state_->mutex);
  if (!state_->changed.wait_for(lock, limit, [&] { return state_->over; })) {
    state_->outcome.timed_out = true;
    if (!state_->reaped) kill(state_->child.pid, SIGKILL);
    state_->changed.wait(lock, [&] { return state_->over; });
  }
  return state_->outcome;
}

Finished Process::kill_at(std::chrono::nanoseconds since_start) {
  return wait(state_->started + since_start - Steady::now());
}

Finished run(const ChildCommand& command, std::chrono::nanoseconds limit) {
  return Process(command).wait(limit);
}

}  // namespace prewarm::testkit

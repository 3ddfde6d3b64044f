// SPDX-License-Identifier: Apache-2.0
#include "campaign/tracer.hpp"

#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

#include "campaign/call_names.hpp"
#include "support/temp_dir.hpp"

namespace prewarm::campaign {
namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

/// What exec needs, made before the fork.
struct Image {
  std::string program, out, err;
  std::vector<std::string> words, variables;

  explicit Image(const testkit::ChildCommand& command)
      : program(command.program.string()),
        out((command.directory / "traced.out").string()),
        err((command.directory / "traced.err").string()),
        words{program} {
    words.insert(words.end(), command.arguments.begin(), command.arguments.end());
    for (const auto& [name, value] : command.environment) variables.push_back(name + "=" + value);
    const char* path = std::getenv("PATH");
    variables.push_back(std::string("PATH=") + (path != nullptr ? path : ""));
  }
};

/// Kills a process when its time is over.
class Watchdog {
 public:
  Watchdog(pid_t pid, std::chrono::milliseconds limit) {
    if (limit.count() == 0) return;
    thread_ = std::thread([this, pid, limit] {
      std::unique_lock lock(mutex_);
      bitten_ = !changed_.wait_for(lock, limit, [this] { return over_; });
      if (bitten_) kill(pid, SIGKILL);
    });
  }
  ~Watchdog() { bitten(); }
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  /// Whether it had to; it is over then.
  bool bitten() {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
      changed_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
    return bitten_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false, bitten_ = false;
  std::thread thread_;
};

/// What is behind the descriptors of a process, told by the calls that made them.
class Descriptors {
 public:
  Call::Object object(std::uint64_t number) const {
    const auto at = objects_.find(static_cast<std::int64_t>(number));
    return at == objects_.end() ? Call::Object::unknown : at->second;
  }
  void made(long call, std::int64_t result) {
    if (result < 0) return;
    if (call == SYS_openat) objects_[result] = Call::Object::file;
    if (call == SYS_socket || call == SYS_accept4) objects_[result] = Call::Object::socket;
    if (call == SYS_eventfd2 || call == SYS_timerfd_create || call == SYS_epoll_create1)
      objects_[result] = Call::Object::event;
  }

 private:
  std::map<std::int64_t, Call::Object> objects_{{STDOUT_FILENO, Call::Object::output},
                                                {STDERR_FILENO, Call::Object::output}};
};

/// A call that fails and is under way.
struct Failing {
  int error;
  unsigned long long first_argument;
};

class Tracee {
 public:
  Tracee(const testkit::ChildCommand& command, const Strike& strike) : strike_(strike), image_(command) {
    auto words = pointers(image_.words), variables = pointers(image_.variables);
    pid_ = fork();
    if (pid_ == 0) become(words.data(), variables.data());
    if (pid_ < 0) throw std::runtime_error("fork");
    int status = 0;
    if (waitpid(pid_, &status, __WALL) != pid_ || !WIFSTOPPED(status) ||
        ptrace(PTRACE_SETOPTIONS, pid_, nullptr,
               PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE) != 0) {
      kill(pid_, SIGKILL);
      throw std::runtime_error("cannot trace " + image_.program);
    }
    resume(pid_, 0);
  }

  Traced live() {
    const auto begin = std::chrono::steady_clock::now();
    Watchdog watchdog(pid_, strike_.limit);
    int status = 0;
    for (;;) {
      const pid_t thread = waitpid(-1, &status, __WALL | __WNOTHREAD);
      if (thread < 0 && errno == EINTR) continue;
      if (thread < 0) break;
      if (WIFSTOPPED(status))
        stopped(thread, WSTOPSIG(status));
      else if (thread == pid_)
        ended(status);
    }
    result_.finished.timed_out = watchdog.bitten();
    result_.finished.duration = std::chrono::steady_clock::now() - begin;
    result_.finished.out = testkit::read_file(image_.out);
    result_.finished.err = testkit::read_file(image_.err);
    return std::move(result_);
  }

 private:
  [[noreturn]] void become(char** words, char** variables) const {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    const int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    const int out = open(image_.out.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const int err = open(image_.err.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (dup2(in, 0) == 0 && dup2(out, 1) == 1 && dup2(err, 2) == 2 &&
        ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0)
      execve(image_.program.c_str(), words, variables);
    _exit(127);
  }

  static void resume(pid_t thread, int signal) {
    ptrace(PTRACE_SYSCALL, thread, nullptr, static_cast<long>(signal));
  }

  void stopped(pid_t thread, int signal) {
    if (signal == (SIGTRAP | 0x80)) {
      __ptrace_syscall_info info{};
      const bool told = ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof info, &info) > 0;
      if (told && info.op == PTRACE_SYSCALL_INFO_ENTRY && !entered(thread, info)) return;
      if (told && info.op == PTRACE_SYSCALL_INFO_EXIT) left(thread, info.exit.rval);
      return resume(thread, 0);
    }
    // A new thread begins with SIGSTOP; clone and exec are SIGTRAP. Anything else is the program's own.
    resume(thread, signal == SIGTRAP || signal == SIGSTOP ? 0 : signal);
  }

  /// Whether it may go on.
  bool entered(pid_t thread, const __ptrace_syscall_info& info) {
    Call call{static_cast<long>(info.entry.nr), thread};
    std::copy(std::begin(info.entry.args), std::end(info.entry.args), call.arguments.begin());
    call.object = descriptors_.object(call.arguments[0]);
    under_way_[thread] = call.number;
    if (strike_.faults != nullptr) return entered_with_faults(call), true;
    note(call);
    if (result_.calls != strike_.at) return true;
    result_.struck_at = result_.names.back();
    if (!strike_.pause) return kill(pid_, SIGKILL), false;
    strike_.pause();  // a thread that comes to a call meanwhile waits for us there
    return true;
  }

  void entered_with_faults(const Call& call) {
    if (!strike_.faults->counts(call)) return;
    note(call);
    const auto failure = strike_.faults->failure(call, result_.calls);
    if (!failure) return;
    if (result_.struck_at.empty()) result_.struck_at = result_.names.back();
    fail(call.thread, *failure);
  }

  void note(const Call& call) {
    result_.names.push_back(call_text(call.number));
    ++result_.calls;
  }

  // The call is not made. brk has no errors: without an address it leaves the end of the heap where it is.
  void fail(pid_t thread, const Failure& failure) {
    user_regs_struct registers{};
    ptrace(PTRACE_GETREGS, thread, nullptr, &registers);
    if (!failure.half) failing_[thread] = {failure.error, registers.rdi};
    if (failure.half)
      registers.rdx /= 2;
    else if (registers.orig_rax == SYS_brk)
      registers.rdi = 0;
    else
      registers.orig_rax = static_cast<unsigned long long>(-1);
    ptrace(PTRACE_SETREGS, thread, nullptr, &registers);
  }

  void left(pid_t thread, std::int64_t result) {
    const auto failing = failing_.find(thread);
    if (failing == failing_.end()) return descriptors_.made(under_way_[thread], result);
    user_regs_struct registers{};
    ptrace(PTRACE_GETREGS, thread, nullptr, &registers);
    if (under_way_[thread] == SYS_brk)
      registers.rdi = failing->second.first_argument;  // as the caller left it
    else
      registers.rax = static_cast<unsigned long long>(-failing->second.error);
    ptrace(PTRACE_SETREGS, thread, nullptr, &registers);
    failing_.erase(failing);
  }

  void ended(int status) {
    if (WIFEXITED(status)) result_.finished.exit_code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) result_.finished.signal = WTERMSIG(status);
  }

  const Strike& strike_;
  Image image_;
  pid_t pid_ = -1;
  Descriptors descriptors_;
  std::map<pid_t, long> under_way_;   // by thread: the call
  std::map<pid_t, Failing> failing_;  // and when it is one that fails
  Traced result_;
};

}  // namespace

Traced trace(const testkit::ChildCommand& command, const Strike& strike) {
  Traced result;
  std::exception_ptr failure;
  std::thread([&] {
    try {
      result = Tracee(command, strike).live();
    } catch (...) {
      failure = std::current_exception();
    }
  }).join();
  if (failure) std::rethrow_exception(failure);
  return result;
}

}  // namespace prewarm::campaign

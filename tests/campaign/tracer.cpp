// SPDX-License-Identifier: Apache-2.0
#include "campaign/tracer.hpp"

#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <utility>

#include "campaign/faulty_calls.hpp"
#include "support/temp_dir.hpp"

namespace prewarm::campaign {
namespace {

// Those that change or tell something outside.
constexpr auto kCalls = std::to_array<std::pair<long, std::string_view>>(
    {{SYS_read, "read"},           {SYS_write, "write"},     {SYS_writev, "writev"},
     {SYS_pread64, "pread"},       {SYS_pwrite64, "pwrite"}, {SYS_openat, "openat"},
     {SYS_close, "close"},         {SYS_fsync, "fsync"},     {SYS_fdatasync, "fdatasync"},
     {SYS_ftruncate, "ftruncate"}, {SYS_unlink, "unlink"},   {SYS_fcntl, "fcntl"},
     {SYS_connect, "connect"},     {SYS_sendto, "sendto"},   {SYS_sendmsg, "sendmsg"},
     {SYS_recvfrom, "recvfrom"},   {SYS_recvmsg, "recvmsg"}, {SYS_epoll_wait, "epoll_wait"},
     {SYS_futex, "futex"},         {SYS_clone3, "clone3"},   {SYS_exit_group, "exit_group"}});

std::string call_text(long number) {
  for (const auto& [known, name] : kCalls)
    if (known == number) return std::string(name);
  return "call " + std::to_string(number);
}

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

class Tracee {
 public:
  Tracee(const testkit::ChildCommand& command, const Strike& strike)
      : strike_(strike), faults_(strike.fault), image_(command) {
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
      if (ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof info, &info) > 0 &&
          info.op == PTRACE_SYSCALL_INFO_ENTRY) {
        faults_.enter(thread, info, result_);
        result_.names.push_back(call_text(static_cast<long>(info.entry.nr)));
        if (++result_.calls == strike_.at) {
          result_.struck_at = result_.names.back();
          if (!strike_.pause) return void(kill(pid_, SIGKILL));
          strike_.pause();  // a thread that comes to a call meanwhile waits for us there
        }
      }
      if (info.op == PTRACE_SYSCALL_INFO_EXIT) faults_.leave(thread);
      return resume(thread, 0);
    }
    // A new thread begins with SIGSTOP; clone and exec are SIGTRAP. Anything else is the program's own.
    resume(thread, signal == SIGTRAP || signal == SIGSTOP ? 0 : signal);
  }

  void ended(int status) {
    if (WIFEXITED(status)) result_.finished.exit_code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) result_.finished.signal = WTERMSIG(status);
  }

  const Strike& strike_;
  FaultyCalls faults_;
  Image image_;
  pid_t pid_ = -1;
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

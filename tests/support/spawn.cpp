// SPDX-License-Identifier: Apache-2.0
#include "support/spawn.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <system_error>

namespace prewarm::testkit {
namespace {

struct Pipe {
  Descriptor read, write;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

void make_nonblocking(const Descriptor& end) {
  fcntl(end.get(), F_SETFL, fcntl(end.get(), F_GETFL) | O_NONBLOCK);
}

/// Pointers as exec wants them, made before the fork because allocating after it is not allowed.
class Texts {
 public:
  explicit Texts(std::vector<std::string> texts) : texts_(std::move(texts)) {
    for (std::string& text : texts_) pointers_.push_back(text.data());
    pointers_.push_back(nullptr);
  }
  char* const* get() const noexcept { return pointers_.data(); }

 private:
  std::vector<std::string> texts_;
  std::vector<char*> pointers_;
};

std::vector<std::string> arguments_of(const ChildCommand& command, const std::string& program) {
  std::vector<std::string> all{program};
  all.insert(all.end(), command.arguments.begin(), command.arguments.end());
  return all;
}

std::vector<std::string> environment_of(const ChildCommand& command) {
  auto variables = command.environment;
  const char* path = std::getenv("PATH");
  if (path != nullptr) variables.try_emplace("PATH", path);
  std::vector<std::string> all;
  for (const auto& [name, value] : variables) all.push_back(name + "=" + value);
  return all;
}

struct Prepared {
  std::string program, directory;
  Texts arguments, environment;
  Pipe in, out, err, failure;
  pid_t parent;
};

void use_default_signals() {
  for (int number = 1; number < NSIG; ++number) std::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// In the child: async-signal-safe calls only. What failed goes up the failure pipe, which exec closes.
[[noreturn]] void become(const Prepared& prepared) {
  use_default_signals();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const bool orphan = getppid() != prepared.parent;  // it died before the line above
  if (!orphan && dup2(prepared.in.read.get(), 0) >= 0 && dup2(prepared.out.write.get(), 1) >= 0 &&
      dup2(prepared.err.write.get(), 2) >= 0 &&
      (prepared.directory.empty() || chdir(prepared.directory.c_str()) == 0))
    execve(prepared.program.c_str(), prepared.arguments.get(), prepared.environment.get());
  const int reason = errno;
  const ssize_t told = write(prepared.failure.write.get(), &reason, sizeof reason);
  _exit(told == static_cast<ssize_t>(sizeof reason) ? 127 : 126);
}

}  // namespace

std::filesystem::path find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const char* path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');)
    if (const std::filesystem::path file = std::filesystem::path(folder) / name;
        access(file.c_str(), X_OK) == 0)
      return file;
  return {};
}

Spawned spawn(const ChildCommand& command) {
  const std::string program = find_program(command.program.string()).string();
  if (program.empty()) throw std::runtime_error("not found on PATH: " + command.program.string());
  Prepared prepared{program,
                    command.directory.string(),
                    Texts(arguments_of(command, program)),
                    Texts(environment_of(command)),
                    make_pipe(),
                    make_pipe(),
                    make_pipe(),
                    make_pipe(),
                    getpid()};
  const pid_t pid = fork();
  if (pid < 0) throw std::runtime_error("fork");
  if (pid == 0) become(prepared);
  prepared.failure.write.reset();
  int reason = 0;
  if (read(prepared.failure.read.get(), &reason, sizeof reason) > 0) {
    waitpid(pid, nullptr, 0);
    throw std::runtime_error("cannot start " + program + ": " + std::generic_category().message(reason));
  }
  make_nonblocking(prepared.in.write);
  make_nonblocking(prepared.out.read);
  make_nonblocking(prepared.err.read);
  return {pid, std::move(prepared.in.write), std::move(prepared.out.read), std::move(prepared.err.read)};
}

}  // namespace prewarm::testkit

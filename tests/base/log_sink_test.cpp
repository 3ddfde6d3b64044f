// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>
#include <catch2/catch_test_macros.hpp>

#include <array>
#include <chrono>
#include <thread>
#include <vector>

#include "prewarm/base/log.hpp"
#include "prewarm/base/time_text.hpp"

using namespace prewarm;

namespace {

// While it lives, what goes to stderr goes into a file without a name.
class Stderr {
 public:
  explicit Stderr(const char* target = nullptr) : saved_(dup(STDERR_FILENO)) {
    const int fd = target == nullptr ? open("/tmp", O_TMPFILE | O_RDWR, 0600) : open(target, O_WRONLY);
    REQUIRE(fd >= 0);
    dup2(fd, STDERR_FILENO);
    close(fd);
  }
  Stderr(const Stderr&) = delete;
  Stderr& operator=(const Stderr&) = delete;
  ~Stderr() {
    dup2(saved_, STDERR_FILENO);
    close(saved_);
  }
  std::string text() const {
    std::string all;
    std::array<char, 4096> buffer{};
    off_t at = 0;
    for (ssize_t got = 0; (got = pread(STDERR_FILENO, buffer.data(), buffer.size(), at)) > 0; at += got)
      all.append(buffer.data(), static_cast<std::size_t>(got));
    return all;
  }

 private:
  int saved_;
};

LogLine line(Level level, std::string msg) {
  return {parse_rfc3339("2026-05-01T13:00:19.618Z").value(), level, "e", std::move(msg), {}};
}

}  // namespace

TEST_CASE("the log writes each line as it is, patterns of a logger included") {
  const LogSettings settings;
  const LogLine nasty = line(Level::warn, "{} {0} %v %n %s \\ {");
  std::string written;
  {
    const Stderr captured;
    make_stderr_log(settings)->write(nasty);
    written = captured.text();
  }
  CHECK(written == json_line(settings, nasty) + "\n");
}

TEST_CASE("the log writes only lines of its level and above, in the form asked for") {
  LogSettings settings;
  settings.level = Level::warn;
  settings.format = LogFormat::human;
  std::string written;
  {
    const Stderr captured;
    const auto log = make_stderr_log(settings);
    log->write(line(Level::debug, "d"));
    log->write(line(Level::info, "i"));
    log->write(line(Level::error, "e"));
    written = captured.text();
  }
  CHECK(written == human_line(settings, line(Level::error, "e")) + "\n");
}

TEST_CASE("a stderr that is closed or full does no harm") {
  const auto log = make_stderr_log({});
  {
    const Stderr full("/dev/full");
    log->write(line(Level::error, "x"));
  }
  {
    const Stderr closed;
    close(STDERR_FILENO);
    log->write(line(Level::error, "x"));
  }
  std::string written;
  {
    const Stderr captured;
    log->write(line(Level::error, "again"));
    written = captured.text();
  }
  CHECK(written.find("again") != std::string::npos);
}

TEST_CASE("lines of several threads never mix") {
  std::string written;
  {
    const Stderr captured;
    const auto log = make_stderr_log({});
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&log, t] {
        for (int i = 0; i < 200; ++i)
          log->write(line(Level::info, std::string(100, static_cast<char>('a' + t))));
      });
    for (std::thread& thread : threads) thread.join();
    written = captured.text();
  }
  std::vector<std::size_t> seen(4);
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = written.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const std::string one = written.substr(begin, end - begin);
    for (std::size_t t = 0; t < 4; ++t)
      if (one == json_line({}, line(Level::info, std::string(100, static_cast<char>('a' + t))))) ++seen[t];
  }
  CHECK(seen == std::vector<std::size_t>{200, 200, 200, 200});
}

TEST_CASE("a stderr that nobody reads holds nobody up, and what it lost is told in its place") {
  constexpr int kLines = 2000;
  std::array<int, 2> pipe{};
  REQUIRE(::pipe(pipe.data()) == 0);
  REQUIRE(fcntl(pipe[1], F_SETPIPE_SZ, 4096) > 0);
  const int saved = dup(STDERR_FILENO);
  dup2(pipe[1], STDERR_FILENO);
  close(pipe[1]);
  std::string written;
  bool on_time = false;
  {
    const auto log = make_stderr_log({});
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < kLines; ++i) log->write(line(Level::info, "before"));
    on_time = std::chrono::steady_clock::now() - start < std::chrono::seconds(5);
    const auto read_until = [&](const char* part) {
      std::array<char, 4096> buffer{};
      while (written.find(part) == std::string::npos) {
        const ssize_t got = read(pipe[0], buffer.data(), buffer.size());
        if (got <= 0) return;
        written.append(buffer.data(), static_cast<std::size_t>(got));
      }
    };
    read_until("log.dropped");
    log->write(line(Level::info, "after"));
    read_until("after");
  }
  dup2(saved, STDERR_FILENO);
  close(saved);
  close(pipe[0]);
  CHECK(on_time);
  int kept = 0;
  for (std::size_t at = 0; (at = written.find("before", at)) != std::string::npos; ++at) ++kept;
  CHECK(kept < kLines);
  const std::size_t gap = written.find("log.dropped");
  CHECK(written.find("\"lines\":" + std::to_string(kLines - kept), gap) != std::string::npos);
  CHECK(written.find("before", gap) == std::string::npos);
  CHECK(written.find("after", gap) != std::string::npos);
}

TEST_CASE("a log is taken down although its stderr is stuck") {
  std::array<int, 2> pipe{};
  REQUIRE(::pipe(pipe.data()) == 0);
  const int saved = dup(STDERR_FILENO);
  dup2(pipe[1], STDERR_FILENO);
  close(pipe[1]);
  const auto start = std::chrono::steady_clock::now();
  {
    const auto log = make_stderr_log({});
    for (int i = 0; i < 2000; ++i) log->write(line(Level::info, std::string(200, 'x')));
  }
  const auto took = std::chrono::steady_clock::now() - start;
  dup2(saved, STDERR_FILENO);
  close(saved);
  close(pipe[0]);  // frees the thread that was left
  CHECK(took < std::chrono::seconds(5));
}

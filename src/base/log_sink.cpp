// SPDX-License-Identifier: Apache-2.0
#include <poll.h>
#include <pthread.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "prewarm/base/give_up.hpp"
#include "prewarm/base/log.hpp"

namespace prewarm {
namespace {

constexpr std::size_t kMaxWaiting = 256;             // lines
constexpr std::chrono::milliseconds kPatience{100};  // for a stderr that does not move; then nobody waits

// stderr may be a pipe that nobody reads, and write(2) then never returns (nor may we make it O_NONBLOCK:
// others share it). So only this thread writes. Whoever logs waits for his line to be out, which keeps the
// order with other output and loses nothing at an exit, but not for a stderr that has stopped.
class Outlet {
 public:
  using Notice = std::function<std::string(WallTime, std::int64_t lines)>;
  explicit Outlet(Notice notice) : notice_(std::move(notice)) {}

  void push(std::string text, WallTime time) {
    std::unique_lock lock(mutex_);
    if (dropped_ > 0 || waiting_.size() >= kMaxWaiting) {
      ++dropped_;
      last_dropped_ = time;
      return;
    }
    waiting_.push_back(std::move(text));
    const std::uint64_t mine = ++pushed_;
    changed_.notify_all();
    if (!stalled_ && !changed_.wait_for(lock, kPatience, [&] { return written_ >= mine; })) stalled_ = true;
  }

  void loop() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
      if (waiting_.empty()) break;
      write_next(lock);
    }
    ended_ = true;
    changed_.notify_all();
  }

  // True when all is written and the thread is about to end; else what waits is given up.
  bool close() {
    std::unique_lock lock(mutex_);
    closed_ = true;
    changed_.notify_all();
    if (changed_.wait_for(lock, kPatience, [this] { return ended_; })) return true;
    waiting_.clear();
    dropped_ = 0;
    return false;
  }

 private:
  void write_next(std::unique_lock<std::mutex>& lock) {
    const std::string text = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    put(text);
    lock.lock();
    ++written_;
    if (waiting_.empty()) stalled_ = false;
    // Where the gap is: after the last line that was taken, before the next.
    if (waiting_.empty() && dropped_ > 0) {
      waiting_.push_back(notice_(last_dropped_, dropped_));
      ++pushed_;
      dropped_ = 0;
    }
    changed_.notify_all();
  }

  // A closed stderr must not stop the worker.
  static void put(const std::string& text) {
    for (std::size_t done = 0; done < text.size();) {
      const ssize_t put = ::write(STDERR_FILENO, text.data() + done, text.size() - done);
      if (put >= 0) {
        done += static_cast<std::size_t>(put);
        continue;
      }
      if (errno != EAGAIN && errno != EINTR) return;
      pollfd room{STDERR_FILENO, POLLOUT, 0};
      poll(&room, 1, -1);
    }
  }

  const Notice notice_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> waiting_;
  std::uint64_t pushed_ = 0, written_ = 0;
  std::int64_t dropped_ = 0;
  WallTime last_dropped_;
  bool stalled_ = false, closed_ = false, ended_ = false;
};

// A signal is for the thread that waits for it, and a broken pipe an error like another.
std::thread start_without_signals(std::shared_ptr<Outlet> outlet) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread = start_thread([outlet = std::move(outlet)] { outlet->loop(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

class OutletSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  explicit OutletSink(std::shared_ptr<Outlet> outlet)
      : outlet_(std::move(outlet)), thread_(start_without_signals(outlet_)) {}
  // A thread that hangs in write(2) is left to the end of the process; the outlet is its own then.
  ~OutletSink() override {
    if (outlet_->close())
      thread_.join();
    else
      thread_.detach();
  }
  OutletSink(const OutletSink&) = delete;
  OutletSink& operator=(const OutletSink&) = delete;

 private:
  void sink_it_(const spdlog::details::log_msg& msg) override {
    outlet_->push(std::string(msg.payload.data(), msg.payload.size()) + "\n",
                  WallTime(std::chrono::duration_cast<Millis>(msg.time.time_since_epoch())));
  }
  void flush_() override {}

  const std::shared_ptr<Outlet> outlet_;
  std::thread thread_;
};

std::string encode(const LogSettings& settings, const LogLine& line) {
  return settings.format == LogFormat::json ? json_line(settings, line) : human_line(settings, line);
}

std::string gap_line(const LogSettings& settings, WallTime time, std::int64_t lines) {
  return encode(settings, {time,
                           Level::warn,
                           "log.dropped",
                           "lines are missing here: stderr did not take them",
                           {{"lines", lines}}}) +
         "\n";
}

class StderrLog final : public Log {
 public:
  explicit StderrLog(LogSettings settings)
      : settings_(std::move(settings)),
        logger_("prewarm", std::make_shared<OutletSink>(std::make_shared<Outlet>(
                               [settings = settings_](WallTime time, std::int64_t lines) {
                                 return gap_line(settings, time, lines);
                               }))) {
    logger_.set_level(spdlog::level::trace);
    logger_.set_error_handler(
        [](const std::string&) {});  // a line that cannot be made must not stop the worker
  }

  bool takes(Level level) const noexcept override { return level >= settings_.level; }
  void write(const LogLine& line) override {
    if (!takes(line.level)) return;
    const std::string text = encode(settings_, line);
    logger_.log(spdlog::level::info, spdlog::string_view_t(text.data(), text.size()));
  }

 private:
  const LogSettings settings_;
  spdlog::logger logger_;
};

}  // namespace

std::unique_ptr<Log> make_stderr_log(LogSettings settings) {
  return std::make_unique<StderrLog>(std::move(settings));
}

}  // namespace prewarm

// SPDX-License-Identifier: Apache-2.0
// A fetcher on the machine's clock, asked for one thing after the other. For tests.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "prewarm/http/fetcher.hpp"

namespace prewarm::http::test {

/// What a test's requests show of themselves, and all that may be seen in a message.
inline constexpr const char* kDisplay = "http://upstream/${PATH}";

inline Request request_of(const std::string& url) {
  Request request;
  request.url = Secret(url);
  request.display = kDisplay;
  return request;
}

/// The machine's clock, except that boot time can be made to have run on while the host slept.
class SleepyClock final : public Clock {
 public:
  void sleep(Millis duration) { slept_ += duration; }
  BootTime boot_now() noexcept override { return clock_->boot_now() + slept_; }
  WallTime wall_now() noexcept override { return clock_->wall_now(); }
  std::uint64_t random() noexcept override { return clock_->random(); }
  Wake wait_until(WallTime until) noexcept override { return clock_->wait_until(until); }
  bool sleep_until(BootTime until) noexcept override { return clock_->sleep_until(until); }
  void wake() noexcept override { clock_->wake(); }
  void end_sleeps() noexcept override { clock_->end_sleeps(); }
  void allow_sleeps() noexcept override { clock_->allow_sleeps(); }

 private:
  std::unique_ptr<Clock> clock_ = make_system_clock();
  Millis slept_{};
};

class Client {
 public:
  explicit Client(FetcherSettings settings = {})
      : fetcher_(make_curl_fetcher(std::move(settings), *clock_)) {}

  Result<Response> get(const std::string& url) { return send(request_of(url)); }
  Result<Response> send(Request request) {
    fetcher_->submit(++last_id_, std::move(request));
    auto ended = wait(1);
    ENSURE(ended.size() == 1 && ended.front().id == last_id_);
    return std::move(ended.front().result);
  }
  /// Until so many ended, or half a minute.
  std::vector<Transfer> wait(std::size_t count) {
    std::vector<Transfer> all;
    const BootTime limit = clock_->boot_now() + std::chrono::seconds(30);
    while (all.size() < count && clock_->boot_now() < limit)
      for (auto& transfer : fetcher_->wait(limit)) all.push_back(std::move(transfer));
    return all;
  }
  /// Lets the transfers go on until `done`, or half a minute; nothing may end.
  template <class Done>
  bool run_until(Done done) {
    const BootTime limit = clock_->boot_now() + std::chrono::seconds(30);
    while (!done() && clock_->boot_now() < limit)
      ENSURE(fetcher_->wait(clock_->boot_now() + Millis(5)).empty());
    return done();
  }
  Fetcher& fetcher() { return *fetcher_; }
  SleepyClock& clock() { return *clock_; }

 private:
  std::unique_ptr<SleepyClock> clock_ = std::make_unique<SleepyClock>();
  std::unique_ptr<Fetcher> fetcher_;
  std::uint64_t last_id_ = 0;
};

/// Of a transfer that must have failed.
inline Error error_of(const Result<Response>& result) {
  if (!result.ok()) return result.error();
  return {ErrorKind::invalid, "it succeeded with status " + std::to_string(result->status)};
}

}  // namespace prewarm::http::test

// SPDX-License-Identifier: Apache-2.0
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <climits>
#include <csignal>
#include <set>
#include <unordered_map>

#include "http/admission.hpp"
#include "http/curl_handles.hpp"
#include "http/curl_options.hpp"
#include "http/curl_transfer.hpp"

namespace prewarm::http {
namespace {

constexpr std::uint64_t kStallBytes = 256;
constexpr std::size_t kIdleHandles = 8;    // kept for the next transfers; one has some 5 KiB
constexpr long kStreamsPerConnection = 8;  // HTTP/2; as many as transfers per host
constexpr long kIdleConnections = 16;      // kept open between the slots

// OpenSSL writes without MSG_NOSIGNAL, and NOSIGNAL keeps libcurl from guarding it.
void block_sigpipe() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

// When a transfer has to be looked at next, and what had come of its body at the last look.
struct Watch {
  BootTime deadline;
  BootTime look;  // its place in the order of looks
  std::optional<std::uint64_t> progress{};
};

class CurlFetcher final : public Fetcher {
 public:
  CurlFetcher(FetcherSettings settings, Clock& clock);
  CurlFetcher(const CurlFetcher&) = delete;
  CurlFetcher& operator=(const CurlFetcher&) = delete;
  ~CurlFetcher() override { cancel_all(); }

  void submit(std::uint64_t id, Request request) override;
  std::vector<Transfer> wait(BootTime until) override;
  void cancel_all() override;
  void wake() noexcept override;

 private:
  struct Job {
    std::unique_ptr<CurlTransfer> transfer;
    Watch watch;
  };
  using Jobs = std::unordered_map<std::uint64_t, Job>;  // by serial number, in no order

  void start_admitted();
  void start(Job& job, BootTime now);
  void perform();
  void collect();
  void look_at_late_ones(BootTime now);
  void look(std::uint64_t serial, Job& job, BootTime now);
  void schedule_look(std::uint64_t serial, Watch& watch, BootTime at);
  void end(std::uint64_t serial, Result<Response> result);
  int sleep_ms(BootTime now, BootTime until) const;
  Easy idle_handle();

  const FetcherSettings settings_;
  Clock& clock_;
  Multi multi_;
  Admission admission_;
  Jobs jobs_;
  std::set<std::pair<BootTime, std::uint64_t>> looks_;
  std::unordered_map<CURL*, std::uint64_t> running_;
  std::vector<Easy> idle_;
  std::vector<Transfer> ended_;
  std::uint64_t last_serial_ = 0;
  std::atomic<bool> woken_{false};
  bool sigpipe_blocked_ = false;
};

CurlFetcher::CurlFetcher(FetcherSettings settings, Clock& clock)
    : settings_(std::move(settings)),
      clock_(clock),
      admission_({settings_.max_total, settings_.max_per_host, settings_.body_budget}) {
  ENSURE(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);  // counted by libcurl; the first one works
  multi_.reset(curl_multi_init());
  ENSURE(multi_ != nullptr);
  ENSURE(curl_multi_setopt(multi_.get(), CURLMOPT_MAX_CONCURRENT_STREAMS, kStreamsPerConnection) == CURLM_OK);
  ENSURE(curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, kIdleConnections) == CURLM_OK);
}

void CurlFetcher::submit(std::uint64_t id, Request request) {
  auto transfer = std::make_unique<CurlTransfer>(id, std::move(request), settings_);
  if (!transfer->fetchable()) {
    ended_.push_back({id, transfer->unfetchable()});
    return;
  }
  const std::uint64_t serial = ++last_serial_;
  admission_.add(serial, transfer->host(), transfer->request().max_bytes);
  const BootTime deadline = clock_.boot_now() + transfer->request().timeout;
  Job& job = jobs_.emplace(serial, Job{std::move(transfer), {deadline, {}}}).first->second;
  schedule_look(serial, job.watch, deadline);
}

std::vector<Transfer> CurlFetcher::wait(BootTime until) {
  if (!std::exchange(sigpipe_blocked_, true)) block_sigpipe();
  for (;;) {
    start_admitted();
    perform();
    collect();
    const BootTime now = clock_.boot_now();
    look_at_late_ones(now);
    const bool woken = woken_.exchange(false);
    if (woken || !ended_.empty() || now >= until) break;
    ENSURE(curl_multi_poll(multi_.get(), nullptr, 0, sleep_ms(now, until), nullptr) == CURLM_OK);
  }
  start_admitted();  // in the places that became free; they begin to move at the next wait
  return std::exchange(ended_, {});
}

void CurlFetcher::cancel_all() {
  while (!jobs_.empty()) {
    const auto& [serial, job] = *jobs_.begin();
    end(serial, Error{ErrorKind::shutdown, "cancelled: " + job.transfer->request().display, "", false});
  }
}

void CurlFetcher::wake() noexcept {
  woken_.store(true);
  curl_multi_wakeup(multi_.get());
}

void CurlFetcher::start_admitted() {
  while (const auto serial = admission_.next()) {
    const auto at = jobs_.find(*serial);
    ENSURE(at != jobs_.end());
    start(at->second, clock_.boot_now());
    running_.emplace(at->second.transfer->handle(), *serial);
    schedule_look(*serial, at->second.watch,
                  std::min(at->second.watch.look, clock_.boot_now() + settings_.stall_window));
  }
}

void CurlFetcher::start(Job& job, BootTime now) {
  const auto left = std::chrono::ceil<Millis>(job.watch.deadline - now);
  job.transfer->start(idle_handle(), std::max(left, Millis(1)));
  ENSURE(curl_multi_add_handle(multi_.get(), job.transfer->handle()) == CURLM_OK);
}

void CurlFetcher::perform() {
  int running = 0;
  ENSURE(curl_multi_perform(multi_.get(), &running) == CURLM_OK);
}

void CurlFetcher::collect() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const auto at = running_.find(message->easy_handle);
    ENSURE(at != running_.end());
    const std::uint64_t serial = at->second;
    end(serial, jobs_.at(serial).transfer->outcome(message->data.result));
  }
}

void CurlFetcher::look_at_late_ones(BootTime now) {
  while (!looks_.empty() && looks_.begin()->first <= now) {
    const std::uint64_t serial = looks_.begin()->second;
    look(serial, jobs_.at(serial), now);
  }
}

// libcurl's own clock stands still while the host sleeps; deadlines here do not.
void CurlFetcher::look(std::uint64_t serial, Job& job, BootTime now) {
  if (now >= job.watch.deadline) return end(serial, job.transfer->outcome(CURLE_OPERATION_TIMEDOUT));
  const auto progress = job.transfer->body_progress();
  const auto before = std::exchange(job.watch.progress, progress);
  if (before && progress && *progress - *before < kStallBytes) return end(serial, job.transfer->stalled());
  schedule_look(serial, job.watch, std::min(job.watch.deadline, now + settings_.stall_window));
}

void CurlFetcher::schedule_look(std::uint64_t serial, Watch& watch, BootTime at) {
  looks_.erase({watch.look, serial});
  watch.look = at;
  looks_.emplace(at, serial);
}

void CurlFetcher::end(std::uint64_t serial, Result<Response> result) {
  const auto at = jobs_.find(serial);
  ENSURE(at != jobs_.end());
  CurlTransfer& transfer = *at->second.transfer;
  if (CURL* const handle = transfer.handle()) {
    ENSURE(curl_multi_remove_handle(multi_.get(), handle) == CURLM_OK);
    running_.erase(handle);
    if (idle_.size() < kIdleHandles) idle_.push_back(transfer.release());
  }
  ended_.push_back({transfer.id(), std::move(result)});
  looks_.erase({at->second.watch.look, serial});
  admission_.ended(serial);
  jobs_.erase(at);
}

int CurlFetcher::sleep_ms(BootTime now, BootTime until) const {
  const BootTime next = looks_.empty() ? until : std::min(until, looks_.begin()->first);
  const auto left = std::chrono::ceil<Millis>(next - now).count();
  return static_cast<int>(std::clamp<Millis::rep>(left, 0, INT_MAX));
}

Easy CurlFetcher::idle_handle() {
  if (idle_.empty()) return Easy(curl_easy_init());
  Easy handle = std::move(idle_.back());
  idle_.pop_back();
  return handle;
}

}  // namespace

std::unique_ptr<Fetcher> make_curl_fetcher(FetcherSettings settings, Clock& clock) {
  return std::make_unique<CurlFetcher>(std::move(settings), clock);
}

}  // namespace prewarm::http

// SPDX-License-Identifier: Apache-2.0
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <unordered_map>

#include "http/admission.hpp"
#include "http/curl_errors.hpp"
#include "http/curl_loop.hpp"
#include "http/curl_transfer.hpp"
#include "http/origin.hpp"
#include "prewarm/base/check.hpp"

namespace prewarm::http {
namespace {

constexpr std::uint64_t kStallBytes = 256;
constexpr std::size_t kOftenEnded = 4;     // between two waits
constexpr std::size_t kIdleTransfers = 8;  // kept when all is quiet; one has some 6 KiB

// OpenSSL writes without MSG_NOSIGNAL, and NOSIGNAL keeps libcurl from guarding it.
void block_sigpipe() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

struct Job {
  std::uint64_t id = 0;
  std::shared_ptr<const Request> request;
  HostKind kind = HostKind::name;
  bool tls = false;
  BootTime deadline;
  BootTime look;                           // when it has to be looked at
  std::optional<std::uint64_t> progress;   // what had come of its body at the last look
  std::unique_ptr<CurlTransfer> transfer;  // null while it waits for a place
};

class CurlFetcher final : public Fetcher {
 public:
  CurlFetcher(FetcherSettings settings, Clock& clock);
  CurlFetcher(const CurlFetcher&) = delete;
  CurlFetcher& operator=(const CurlFetcher&) = delete;
  ~CurlFetcher() override { cancel_all(); }

  void submit(std::uint64_t id, std::shared_ptr<const Request> request) override;
  std::vector<Transfer> wait(BootTime until) override;
  void cancel_all() override;
  void wake() noexcept override;

 private:
  using Jobs = std::unordered_map<std::uint64_t, Job>;  // by serial number, in no order

  void start_admitted(BootTime now);
  void collect();
  void look_at_late_ones(BootTime now);
  void look(std::uint64_t serial, Job& job, BootTime now);
  void look_again(Job& job, BootTime at);
  void end(Jobs::iterator at, Result<Response> result);
  std::unique_ptr<CurlTransfer> idle_transfer();

  const FetcherSettings settings_;
  Clock& clock_;
  PeerCheck peers_;
  OriginReader origins_;
  Admission admission_;
  CurlLoop loop_;
  Jobs jobs_;
  BootTime next_look_ = BootTime::max();  // no job has to be looked at before
  std::vector<std::unique_ptr<CurlTransfer>> idle_;
  std::vector<Transfer> ended_;
  std::uint64_t last_serial_ = 0;
  std::atomic<bool> woken_{false};
  bool sigpipe_blocked_ = false;
};

CurlFetcher::CurlFetcher(FetcherSettings settings, Clock& clock)
    : settings_(std::move(settings)),
      clock_(clock),
      peers_(settings_.allow_net),
      admission_({settings_.max_total, settings_.max_per_host, settings_.body_budget}),
      loop_(settings_.max_total) {}

void CurlFetcher::submit(std::uint64_t id, std::shared_ptr<const Request> request) {
  const auto& origin = origins_.read(request->url.reveal());
  if (!origin) {
    ended_.push_back({id, unfetchable_error(*request)});
    return;
  }
  const std::uint64_t serial = ++last_serial_;
  admission_.add(serial, origin->host, request->max_bytes);
  const BootTime deadline = clock_.boot_now() + request->timeout;
  Job& job = jobs_[serial];
  job.id = id;
  job.request = std::move(request);
  job.kind = origin->kind;
  job.tls = origin->tls;
  job.deadline = deadline;
  look_again(job, deadline);
}

std::vector<Transfer> CurlFetcher::wait(BootTime until) {
  if (!std::exchange(sigpipe_blocked_, true)) block_sigpipe();
  for (bool looked = false;; looked = true) {
    const BootTime now = clock_.boot_now();
    start_admitted(now);
    loop_.act(now);
    collect();
    look_at_late_ones(now);
    const bool woken = woken_.exchange(false);
    // Also a wait that may not last looks once at what the sockets have.
    if (woken || !ended_.empty() || (now >= until && looked)) break;
    loop_.wait(now, std::max(now, std::min(until, next_look_)));
  }
  start_admitted(clock_.boot_now());  // in the places that became free; they begin to move at the next wait
  return std::exchange(ended_, {});
}

void CurlFetcher::cancel_all() {
  while (!jobs_.empty()) {
    const auto first = jobs_.begin();
    end(first, Error{ErrorKind::shutdown, "cancelled: " + first->second.request->display, "", false});
  }
}

void CurlFetcher::wake() noexcept {
  woken_.store(true);
  loop_.wake();
}

void CurlFetcher::start_admitted(BootTime now) {
  while (const auto serial = admission_.next()) {
    const auto at = jobs_.find(*serial);
    ENSURE(at != jobs_.end());
    Job& job = at->second;
    job.transfer = idle_transfer();
    job.transfer->prepare(*serial, *job.request, job.kind, job.tls);
    loop_.add(job.transfer->handle());
    look_again(job, std::min(job.look, now + settings_.stall_window));
  }
}

void CurlFetcher::collect() {
  while (const CURLMsg* message = loop_.next_ended()) {
    CurlTransfer& transfer = CurlTransfer::of(message->easy_handle);
    const auto at = jobs_.find(transfer.serial());
    ENSURE(at != jobs_.end());
    end(at, transfer.outcome(message->data.result));
  }
}

// All jobs are gone through, but only once in a timeout or a stall window, not with each transfer that ends.
void CurlFetcher::look_at_late_ones(BootTime now) {
  if (now < next_look_) return;
  std::vector<std::uint64_t> due;
  next_look_ = BootTime::max();
  for (const auto& [serial, job] : jobs_)
    if (job.look <= now)
      due.push_back(serial);
    else
      next_look_ = std::min(next_look_, job.look);
  for (const std::uint64_t serial : due) look(serial, jobs_.at(serial), now);
}

// libcurl's own clock stands still while the host sleeps; deadlines here do not.
void CurlFetcher::look(std::uint64_t serial, Job& job, BootTime now) {
  if (now >= job.deadline)
    return end(jobs_.find(serial), job.transfer
                                       ? job.transfer->outcome(CURLE_OPERATION_TIMEDOUT)
                                       : timeout_error(Phase::queued, job.request->timeout, *job.request));
  if (job.transfer) {
    const auto progress = job.transfer->body_progress();
    const auto before = std::exchange(job.progress, progress);
    if (before && progress && *progress - *before < kStallBytes)
      return end(jobs_.find(serial), job.transfer->stalled());
  }
  look_again(job, std::min(job.deadline, now + settings_.stall_window));
}

void CurlFetcher::look_again(Job& job, BootTime at) {
  job.look = at;
  next_look_ = std::min(next_look_, at);
}

void CurlFetcher::end(Jobs::iterator at, Result<Response> result) {
  Job& job = at->second;
  if (job.transfer) {
    loop_.remove(job.transfer->handle());
    idle_.push_back(std::move(job.transfer));
  }
  if (ended_.empty()) ended_.reserve(kOftenEnded);
  ended_.push_back({job.id, std::move(result)});
  admission_.ended(at->first);
  jobs_.erase(at);
  if (jobs_.empty() && idle_.size() > kIdleTransfers) idle_.resize(kIdleTransfers);
}

std::unique_ptr<CurlTransfer> CurlFetcher::idle_transfer() {
  if (idle_.empty())
    return std::make_unique<CurlTransfer>(TransferContext{settings_, peers_, loop_.sockets()});
  auto transfer = std::move(idle_.back());
  idle_.pop_back();
  return transfer;
}

}  // namespace

std::unique_ptr<Fetcher> make_curl_fetcher(FetcherSettings settings, Clock& clock) {
  return std::make_unique<CurlFetcher>(std::move(settings), clock);
}

}  // namespace prewarm::http

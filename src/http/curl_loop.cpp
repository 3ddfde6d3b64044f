// SPDX-License-Identifier: Apache-2.0
#include "http/curl_loop.hpp"

#include <algorithm>
#include <climits>

#include "prewarm/base/check.hpp"
#include "prewarm/base/give_up.hpp"

namespace prewarm::http {
namespace {
constexpr long kStreamsPerConnection = 8;  // HTTP/2; as many as transfers per host

void ensure_done(CURLMcode code) {
  need_memory(code != CURLM_OUT_OF_MEMORY);
  ENSURE(code == CURLM_OK);
}

template <class Value>
void set_option(CURLM* multi, CURLMoption option, Value value) {
  ensure_done(curl_multi_setopt(multi, option, value));
}
}  // namespace

CurlLoop::CurlLoop(std::size_t transfers) : transfers_(transfers) {
  need_memory(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);  // counted by libcurl; the first one works
}

void CurlLoop::begin() {
  multi_.reset(curl_multi_init());
  need_memory(multi_ != nullptr);
  set_option(multi_.get(), CURLMOPT_MAX_CONCURRENT_STREAMS, kStreamsPerConnection);
  // libcurl counts those in use too: with fewer than transfers it closes a connection whose transfer ended
  // while others are at work, and opens another for the next.
  set_option(multi_.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(transfers_));
  set_option(multi_.get(), CURLMOPT_SOCKETFUNCTION, &CurlLoop::on_want);
  set_option(multi_.get(), CURLMOPT_SOCKETDATA, this);
  set_option(multi_.get(), CURLMOPT_TIMERFUNCTION, &CurlLoop::on_timer);
  set_option(multi_.get(), CURLMOPT_TIMERDATA, this);
}

void CurlLoop::add(CURL* handle) {
  if (!multi_) begin();
  ensure_done(curl_multi_add_handle(multi_.get(), handle));
}

void CurlLoop::remove(CURL* handle) { ensure_done(curl_multi_remove_handle(multi_.get(), handle)); }

void CurlLoop::act(BootTime now) {
  now_ = now;
  if (!timer_ || *timer_ > now) return;
  timer_.reset();
  act_on(CURL_SOCKET_TIMEOUT, 0);
}

void CurlLoop::wait(BootTime now, BootTime until) {
  now_ = now;
  const BootTime next = timer_ ? std::min(until, *timer_) : until;
  const auto left = std::chrono::ceil<Millis>(next - now).count();
  for (const auto& ready : sockets_.wait(static_cast<int>(std::clamp<Millis::rep>(left, 0, INT_MAX)))) {
    const int readable = (ready.events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0;
    const int writable = (ready.events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0;
    act_on(ready.socket, readable | writable);
  }
}

const CURLMsg* CurlLoop::next_ended() {
  int left = 0;
  if (!multi_) return nullptr;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left))
    if (message->msg == CURLMSG_DONE) return message;
  return nullptr;
}

// NOLINTNEXTLINE(readability-function-size): as libcurl calls it
int CurlLoop::on_want(CURL*, curl_socket_t socket, int what, void* self, void*) noexcept {
  const auto wants = [what](int direction) { return what == direction || what == CURL_POLL_INOUT; };
  const std::uint32_t events = (wants(CURL_POLL_IN) ? EPOLLIN : 0U) | (wants(CURL_POLL_OUT) ? EPOLLOUT : 0U);
  static_cast<CurlLoop*>(self)->sockets_.want(socket, events);
  return 0;
}

int CurlLoop::on_timer(CURLM*, long ms, void* self) noexcept {
  auto& loop = *static_cast<CurlLoop*>(self);
  loop.timer_.reset();
  if (ms >= 0) loop.timer_ = loop.now_ + Millis(ms);
  return 0;
}

void CurlLoop::act_on(curl_socket_t socket, int events) {
  int running = 0;
  ensure_done(curl_multi_socket_action(multi_.get(), socket, events, &running));
}

}  // namespace prewarm::http

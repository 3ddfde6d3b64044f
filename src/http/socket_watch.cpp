// SPDX-License-Identifier: Apache-2.0
#include "http/socket_watch.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>

#include "prewarm/base/check.hpp"
#include "prewarm/base/give_up.hpp"

namespace prewarm::http {
namespace {
constexpr std::size_t kEventsAtOnce = 64;  // as many as transfers
}

SocketWatch::SocketWatch()
    : epoll_(epoll_create1(EPOLL_CLOEXEC)), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  need_descriptor(epoll_ >= 0 && wake_ >= 0);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = wake_;
  need_descriptor(epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event) == 0);
  ready_.reserve(kEventsAtOnce);
}

SocketWatch::~SocketWatch() {
  close(wake_);
  close(epoll_);
}

// libcurl closes a socket that failed to connect without a word, and may want the next one, of the same
// number, as it wanted that; it says nothing then, because to its books nothing changed.
void SocketWatch::opened(int socket) {
  Entry& entry = at(socket);
  entry.registered = 0;
  entry.ours = true;
  if (entry.wanted != 0) register_for(socket, entry, entry.wanted);
}

void SocketWatch::closing(int socket) { at(socket) = {}; }

void SocketWatch::want(int socket, std::uint32_t events) {
  Entry& entry = at(socket);
  entry.wanted = events;
  if (events == entry.registered) return;
  if (events != 0) return register_for(socket, entry, events);
  if (!entry.ours || entry.registered != EPOLLIN) drop(socket, entry);
}

std::span<const SocketWatch::Ready> SocketWatch::wait(int timeout_ms) {
  std::array<epoll_event, kEventsAtOnce> events{};
  ready_.clear();
  const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), timeout_ms);
  ENSURE(count >= 0 || errno == EINTR);
  for (int i = 0; i < count; ++i) take(events.at(static_cast<std::size_t>(i)));
  return ready_;
}

void SocketWatch::wake() const noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(wake_, &one, sizeof one);  // full: it is awake anyway
}

SocketWatch::Entry& SocketWatch::at(int socket) {
  const auto index = static_cast<std::size_t>(socket);
  if (index >= entries_.size()) entries_.resize(index + 1);
  return entries_[index];
}

void SocketWatch::register_for(int socket, Entry& entry, std::uint32_t events) const {
  epoll_event event{};
  event.events = events;
  event.data.fd = socket;
  // What the kernel has wins: a closed socket is gone from there before we hear of it.
  const int first = entry.registered == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  const int second = first == EPOLL_CTL_ADD ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  const bool heard =
      epoll_ctl(epoll_, first, socket, &event) == 0 || epoll_ctl(epoll_, second, socket, &event) == 0;
  entry.registered = heard ? events : 0;  // unheard, its transfer ends at the deadline
}

// Whose end is near is not ours to know: a socket that never got to reading may be closed already.
void SocketWatch::drop(int socket, Entry& entry) const {
  epoll_ctl(epoll_, EPOLL_CTL_DEL, socket, nullptr);  // fails if it is closed, which is as good
  entry.registered = 0;
  entry.ours = false;
}

void SocketWatch::take(const epoll_event& event) {
  const int socket = event.data.fd;
  if (socket == wake_) {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto size = read(wake_, &count, sizeof count);
    return;
  }
  Entry& entry = at(socket);
  if (entry.wanted == 0) {  // a kept connection: its end, most likely, or it would report that for ever
    epoll_ctl(epoll_, EPOLL_CTL_DEL, socket, nullptr);
    entry.registered = 0;
    return;
  }
  const bool over = (event.events & (EPOLLERR | EPOLLHUP)) != 0;
  ready_.push_back({socket, over ? entry.wanted : event.events & entry.wanted});
}

}  // namespace prewarm::http

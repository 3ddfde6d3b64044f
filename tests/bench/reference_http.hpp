// SPDX-License-Identifier: Apache-2.0
// HTTP for the reference: libcurl's multi interface driven by epoll. Easy handles are made once and only get
// a new URL; a finished transfer's handle starts the next request before the loop looks at sockets again. One
// thread. Every fault ends the program: a benchmark that retries measures something else.
#pragma once

#include <curl/curl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

[[noreturn]] inline void die(std::string_view what, std::string_view detail = "") {
  std::fprintf(stderr, "reference: %.*s %.*s\n", static_cast<int>(what.size()), what.data(),
               static_cast<int>(detail.size()), detail.data());
  std::exit(1);
}

// One request at a time; `body` keeps its memory from one to the next.
struct Transfer {
  CURL* easy = nullptr;
  curl_slist* headers = nullptr;
  std::string body;
  std::string url;
  std::string condition;  // value for If-None-Match; empty: none is sent
  std::size_t index = 0;  // which request this is
  std::string started;    // `lastUpdated`, taken just before the request
  long status = 0;
};

class Pump {
 public:
  using Next = std::function<bool(Transfer&)>;  // fills in url and condition; false: nothing left
  using Done = std::function<void(Transfer&)>;

  struct Options {
    std::size_t connections = 8;
    std::size_t body_bytes = 1024;
    long buffer_bytes = 16384;
  };

  Pump(const Options& options, Next next, Done done) : next_(std::move(next)), done_(std::move(done)) {
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    multi_ = curl_multi_init();
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Pump::on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &Pump::on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(options.connections));
    curl_multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
    for (std::size_t i = 0; i < options.connections; ++i) make(options);
  }

  Pump(const Pump&) = delete;
  Pump& operator=(const Pump&) = delete;

  ~Pump() {
    for (Transfer& t : transfers_) {
      curl_easy_cleanup(t.easy);
      curl_slist_free_all(t.headers);
    }
    curl_multi_cleanup(multi_);
  }

  [[nodiscard]] int epoll() const { return epoll_; }

  // Until every request is done. `ready` hears of sockets that are not libcurl's.
  void run(const std::function<void()>& ready) {
    for (Transfer& t : transfers_) start(t);
    while (active_ > 0) turn(ready);
  }

 private:
  void make(const Options& options) {
    Transfer& t = transfers_.emplace_back();
    t.body.reserve(options.body_bytes);
    t.easy = curl_easy_init();
    curl_easy_setopt(t.easy, CURLOPT_WRITEFUNCTION, &Pump::on_body);
    curl_easy_setopt(t.easy, CURLOPT_WRITEDATA, &t);
    curl_easy_setopt(t.easy, CURLOPT_PRIVATE, &t);
    curl_easy_setopt(t.easy, CURLOPT_CLOSESOCKETFUNCTION, &Pump::on_close);
    curl_easy_setopt(t.easy, CURLOPT_CLOSESOCKETDATA, this);
    curl_easy_setopt(t.easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(t.easy, CURLOPT_BUFFERSIZE, options.buffer_bytes);
    curl_easy_setopt(t.easy, CURLOPT_TIMEOUT_MS, 10000L);
    curl_easy_setopt(t.easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(t.easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  }

  void start(Transfer& t) {
    if (!next_(t)) return;
    t.body.clear();
    curl_easy_setopt(t.easy, CURLOPT_URL, t.url.c_str());
    if (!t.condition.empty()) {
      curl_slist_free_all(t.headers);
      t.headers = curl_slist_append(nullptr, ("If-None-Match: " + t.condition).c_str());
      curl_easy_setopt(t.easy, CURLOPT_HTTPHEADER, t.headers);
    }
    curl_multi_add_handle(multi_, t.easy);
    ++active_;
  }

  void turn(const std::function<void()>& ready) {
    epoll_event events[128];
    int running = 0;
    const int n = epoll_wait(epoll_, events, 128, timeout_ms_);
    if (n == 0) curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
    for (int i = 0; i < n; ++i) {
      const epoll_event& e = events[i];
      if (e.data.fd < 0) {
        ready();
        continue;
      }
      // Nobody waits for it: an idle connection that the server closed.
      if (Known& known = known_[static_cast<std::size_t>(e.data.fd)]; !known.wanted) {
        epoll_ctl(epoll_, EPOLL_CTL_DEL, e.data.fd, nullptr);
        known = {};
        continue;
      }
      int mask = 0;
      if ((e.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) mask |= CURL_CSELECT_IN;
      if ((e.events & EPOLLOUT) != 0) mask |= CURL_CSELECT_OUT;
      curl_multi_socket_action(multi_, e.data.fd, mask, &running);
    }
    // A timeout of 0 means new handles wait for a call; answering it here saves an epoll_wait that cannot
    // sleep.
    collect();
    if (timeout_ms_ == 0) {
      curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
      collect();
    }
  }

  void collect() {
    int left = 0;
    while (CURLMsg* m = curl_multi_info_read(multi_, &left)) {
      CURL* easy = m->easy_handle;
      const CURLcode code = m->data.result;
      curl_multi_remove_handle(multi_, easy);
      --active_;
      Transfer* t = nullptr;
      curl_easy_getinfo(easy, CURLINFO_PRIVATE, &t);
      if (code != CURLE_OK) die(t->url, curl_easy_strerror(code));
      curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &t->status);
      done_(*t);
      start(*t);
    }
  }

  static std::size_t on_body(char* bytes, std::size_t, std::size_t size, void* transfer) {
    static_cast<Transfer*>(transfer)->body.append(bytes, size);
    return size;
  }

  // libcurl forgets a socket at the end of each transfer and asks for it again at the next. The set keeps it,
  // which saves two system calls a transfer.
  static int on_socket(CURL*, curl_socket_t fd, int what, void* self, void*) {
    auto* pump = static_cast<Pump*>(self);
    if (static_cast<std::size_t>(fd) >= pump->known_.size())
      pump->known_.resize(static_cast<std::size_t>(fd) + 1);
    Known& known = pump->known_[static_cast<std::size_t>(fd)];
    known.wanted = what != CURL_POLL_REMOVE;
    if (!known.wanted) return 0;
    epoll_event e{};
    e.data.fd = fd;
    if ((what & CURL_POLL_IN) != 0) e.events |= EPOLLIN;
    if ((what & CURL_POLL_OUT) != 0) e.events |= EPOLLOUT;
    if (e.events != known.events)
      epoll_ctl(pump->epoll_, known.events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &e);
    known.events = e.events;
    return 0;
  }

  static int on_close(void* self, curl_socket_t fd) {
    auto& known = static_cast<Pump*>(self)->known_;
    if (static_cast<std::size_t>(fd) < known.size()) known[static_cast<std::size_t>(fd)] = {};
    return close(fd);
  }

  static int on_timer(CURLM*, long timeout_ms, void* self) {
    static_cast<Pump*>(self)->timeout_ms_ = static_cast<int>(timeout_ms);
    return 0;
  }

  // A socket of libcurl's in the epoll set; found by its number.
  struct Known {
    std::uint32_t events = 0;
    bool wanted = false;
  };

  Next next_;
  Done done_;
  std::vector<Known> known_;
  CURLM* multi_ = nullptr;
  int epoll_ = -1;
  int timeout_ms_ = -1;
  std::size_t active_ = 0;
  std::deque<Transfer> transfers_;
};

}  // namespace bench

// SPDX-License-Identifier: Apache-2.0
#include "support/upstream.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

#include "support/http2.hpp"
#include "support/player.hpp"

namespace prewarm::testkit {
namespace {

bool wants_the_end(const UpstreamRequest& request) {
  return request.version == "HTTP/1.0" || request.header("Connection") == "close";
}

}  // namespace

struct Upstream::State {
  class Waiting;
  struct Connection {
    std::thread thread;
    bool done = false;  // guarded by `mutex`
  };

  Descriptor listener;
  Family family = Family::v4;
  std::uint16_t port = 0;
  TlsContext tls;
  Gate stopping;
  std::thread acceptor;
  std::vector<std::unique_ptr<Connection>> connections;  // of the acceptor's thread, then of stop()

  mutable std::mutex mutex;
  mutable std::condition_variable changed;
  std::map<std::string, Handler> routes;
  Handler fallback = [](const UpstreamRequest&) { return Answer::of(404, "not programmed"); };
  std::vector<UpstreamRequest> requests;
  std::size_t accepted = 0, closed = 0, failed_handshakes = 0, waiting = 0, most_at_once = 0;

  void accept_all();
  void serve(Connection& connection, Descriptor socket, std::size_t number);
  void talk(Wire& wire, std::size_t number);
  void talk_http2(Wire& wire, std::size_t number);
  void record(const UpstreamRequest& request);
  void reap();
  Answer answer_to(const UpstreamRequest& request);
  std::size_t count(const std::string& path) const;
};

/// A request that waits for the first byte of its answer.
class Upstream::State::Waiting {
 public:
  explicit Waiting(State& state) : state_(state) {
    const std::lock_guard lock(state_.mutex);
    state_.most_at_once = std::max(state_.most_at_once, ++state_.waiting);
  }
  ~Waiting() { over(); }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  void over() {
    if (std::exchange(over_, true)) return;
    const std::lock_guard lock(state_.mutex);
    --state_.waiting;
  }

 private:
  State& state_;
  bool over_ = false;
};

void Upstream::State::reap() {
  const auto is_over = [this](const std::unique_ptr<Connection>& connection) {
    const std::lock_guard lock(mutex);
    return connection->done;
  };
  const auto over = std::stable_partition(connections.begin(), connections.end(),
                                          [&](const auto& connection) { return !is_over(connection); });
  std::for_each(over, connections.end(), [](auto& connection) { connection->thread.join(); });
  connections.erase(over, connections.end());
}

void Upstream::State::accept_all() {
  block_sigpipe_in_this_thread();  // OpenSSL writes with write(2)
  for (;;) {
    std::array<pollfd, 2> watched{pollfd{stopping.descriptor(), POLLIN, 0},
                                  pollfd{listener.get(), POLLIN, 0}};
    if (poll(watched.data(), watched.size(), -1) < 0 && errno == EINTR) continue;
    if (watched[0].revents != 0) return;
    Descriptor socket(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket) continue;
    reap();
    std::size_t number = 0;
    {
      const std::lock_guard lock(mutex);
      number = ++accepted;
    }
    connections.push_back(std::make_unique<Connection>());
    Connection& connection = *connections.back();
    connection.thread = std::thread([this, &connection, number, s = std::move(socket)]() mutable {
      serve(connection, std::move(s), number);
    });
  }
}

void Upstream::State::serve(Connection& connection, Descriptor socket, std::size_t number) {
  bool refused = false;
  {
    Wire wire(std::move(socket), stopping);
    refused = tls != nullptr && !wire.start_tls(tls.get());
    if (refused)
      wire.finish(Wire::Notify::no);  // so that no RST overtakes the alert
    else if (wire.is_http2())
      talk_http2(wire, number);
    else
      talk(wire, number);
  }
  const std::lock_guard lock(mutex);
  ++closed;
  if (refused) ++failed_handshakes;
  connection.done = true;
  changed.notify_all();
}

void Upstream::State::talk(Wire& wire, std::size_t number) {
  std::string buffer;
  for (;;) {
    std::optional<UpstreamRequest> request = read_request(wire, buffer);
    if (!request) return;
    request->connection = number;
    Waiting waiting_for_us(*this);
    record(*request);
    Script script = script_of(answer_to(*request));
    if (script.ending == Ending::keep && wants_the_end(*request)) script.ending = Ending::fin;
    if (!play(wire, script, [&] { waiting_for_us.over(); })) return;
  }
}

void Upstream::State::talk_http2(Wire& wire, std::size_t number) {
  std::string buffer;
  if (!wire.write(http2_greeting()) || !read_http2_preface(wire, buffer)) return;
  for (;;) {
    const std::optional<std::uint32_t> stream = read_http2_request(wire, buffer);
    if (!stream) return;
    UpstreamRequest request;
    request.connection = number;
    request.version = "HTTP/2";
    request.arrived = std::chrono::steady_clock::now();
    record(request);
    if (!play_http2(wire, *stream, answer_to(request))) return;
  }
}

void Upstream::State::record(const UpstreamRequest& request) {
  const std::lock_guard lock(mutex);
  requests.push_back(request);
  changed.notify_all();
}

Answer Upstream::State::answer_to(const UpstreamRequest& request) {
  Handler handler;
  {
    const std::lock_guard lock(mutex);
    const auto route = routes.find(request.path());
    handler = route != routes.end() ? route->second : fallback;
  }
  try {
    return handler(request);
  } catch (const std::exception& error) {
    return Answer::of(500, error.what());
  }
}

std::size_t Upstream::State::count(const std::string& path) const {
  return static_cast<std::size_t>(
      std::count_if(requests.begin(), requests.end(),
                    [&](const UpstreamRequest& request) { return path.empty() || request.path() == path; }));
}

Upstream::Handler answers_in_turn(std::vector<Answer> answers) {
  if (answers.empty()) throw std::invalid_argument("an upstream needs an answer");
  struct Turn {
    std::mutex mutex;
    std::vector<Answer> answers;
    std::size_t next = 0;
  };
  auto turn = std::make_shared<Turn>();
  turn->answers = std::move(answers);
  return [turn](const UpstreamRequest&) {
    const std::lock_guard lock(turn->mutex);
    const std::size_t now = turn->next;
    if (turn->next + 1 < turn->answers.size()) ++turn->next;
    return turn->answers[now];
  };
}

Upstream::Upstream(const UpstreamSettings& settings) : state_(std::make_unique<State>()) {
  state_->family = settings.family;
  state_->listener = listen_on_loopback(settings.family, settings.port);
  state_->port = local_port(state_->listener);
  if (settings.tls) state_->tls = make_server_context(*settings.tls);
  state_->acceptor = std::thread([state = state_.get()] { state->accept_all(); });
}

Upstream::~Upstream() { stop(); }

void Upstream::stop() {
  state_->stopping.open();
  if (state_->acceptor.joinable()) state_->acceptor.join();
  for (auto& connection : state_->connections) connection->thread.join();
  state_->connections.clear();
  state_->listener.reset();
}

void Upstream::on(const std::string& path, Answer always) {
  on(path, [answer = std::move(always)](const UpstreamRequest&) { return answer; });
}

void Upstream::on(const std::string& path, std::vector<Answer> in_turn) {
  on(path, answers_in_turn(std::move(in_turn)));
}

void Upstream::on(const std::string& path, Handler handler) {
  const std::lock_guard lock(state_->mutex);
  state_->routes[path] = std::move(handler);
}

void Upstream::otherwise(Handler handler) {
  const std::lock_guard lock(state_->mutex);
  state_->fallback = std::move(handler);
}

std::uint16_t Upstream::port() const noexcept { return state_->port; }

std::string Upstream::url(const std::string& target) const {
  return url_at(state_->family == Family::v6 ? "[::1]" : "127.0.0.1", target);
}

std::string Upstream::url_at(const std::string& host, const std::string& target) const {
  return (state_->tls != nullptr ? "https://" : "http://") + host + ":" + std::to_string(state_->port) +
         target;
}

std::vector<UpstreamRequest> Upstream::requests() const { return requests(""); }

std::vector<UpstreamRequest> Upstream::requests(const std::string& path) const {
  const std::lock_guard lock(state_->mutex);
  std::vector<UpstreamRequest> found;
  for (const UpstreamRequest& request : state_->requests)
    if (path.empty() || request.path() == path) found.push_back(request);
  return found;
}

UpstreamRequest Upstream::wait_for_request(std::size_t number, const std::string& path,
                                           std::chrono::milliseconds limit) const {
  std::unique_lock lock(state_->mutex);
  if (!state_->changed.wait_for(lock, limit, [&] { return state_->count(path) >= number; }))
    throw std::runtime_error("request " + std::to_string(number) + " of " +
                             (path.empty() ? "any path" : path) + " did not come; there were " +
                             std::to_string(state_->count(path)));
  lock.unlock();
  return requests(path).at(number - 1);
}

bool Upstream::wait_for_closed(std::size_t count, std::chrono::milliseconds limit) const {
  std::unique_lock lock(state_->mutex);
  return state_->changed.wait_for(lock, limit, [&] { return state_->closed >= count; });
}

std::size_t Upstream::accepted() const {
  const std::lock_guard lock(state_->mutex);
  return state_->accepted;
}

std::size_t Upstream::closed() const {
  const std::lock_guard lock(state_->mutex);
  return state_->closed;
}

std::size_t Upstream::failed_handshakes() const {
  const std::lock_guard lock(state_->mutex);
  return state_->failed_handshakes;
}

std::size_t Upstream::most_at_once() const {
  const std::lock_guard lock(state_->mutex);
  return state_->most_at_once;
}

}  // namespace prewarm::testkit

// SPDX-License-Identifier: Apache-2.0
// So many transfers at once and no more: in all, per host, and by the bytes their bodies may take (DESIGN 5).
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <mutex>
#include <set>

#include "http/client.hpp"
#include "http/fake_dns.hpp"
#include "support/upstream.hpp"

using namespace prewarm;
using namespace prewarm::http;
using namespace std::chrono_literals;
using http::test::Client;
using http::test::error_of;
using http::test::FakeDns;
using http::test::kDisplay;
using http::test::request_of;
using testkit::Answer;
using testkit::Ending;
using testkit::Gate;
using testkit::Upstream;

namespace {

// Answers nobody before `size` requests are there together, and counts how many ever are. An answer that is
// let go counts as gone when it begins, so the highest number is not above the truth.
class Crowd {
 public:
  explicit Crowd(std::size_t size) : size_(size) {}
  Answer arrive() {
    const std::lock_guard lock(mutex_);
    ++here_;
    highest_ = std::max(highest_, here_);
    if (++arrived_ == size_) gate_->open();
    return Answer::json("[1]").wait_for(gate_);
  }
  void leave() {
    const std::lock_guard lock(mutex_);
    --here_;
  }
  std::size_t highest() {
    const std::lock_guard lock(mutex_);
    return highest_;
  }

 private:
  std::size_t size_;
  std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
  std::mutex mutex_;
  std::size_t here_ = 0, arrived_ = 0, highest_ = 0;
};

void end_all(Client& client, Crowd& crowd, std::size_t count) {
  std::set<std::uint64_t> ids;
  while (ids.size() < count) {
    const auto ended = client.wait(1);
    REQUIRE_FALSE(ended.empty());
    for (const auto& transfer : ended) {
      CHECK(transfer.result.ok());
      ids.insert(transfer.id);
      crowd.leave();
    }
  }
}

}  // namespace

TEST_CASE("eight transfers of a host run at once, the ninth waits for a place") {
  Upstream upstream;
  Crowd crowd(8);
  upstream.otherwise([&](const auto&) { return crowd.arrive(); });
  Client client;
  for (std::uint64_t id = 1; id <= 30; ++id) client.fetcher().submit(id, request_of(upstream.url()));
  end_all(client, crowd, 30);
  CHECK(crowd.highest() == 8);
  CHECK(upstream.accepted() == 8);
}

TEST_CASE("no more than 64 run at once, over all hosts") {
  FakeDns dns;
  Upstream upstream;
  Crowd crowd(64);
  upstream.otherwise([&](const auto&) { return crowd.arrive(); });
  FetcherSettings settings;
  settings.allow_net = {parse_address_range("127.0.0.1").value()};
  Client client(settings);
  for (std::uint64_t id = 0; id < 200; ++id) {
    const std::string host = "h" + std::to_string(id % 20) + ".test";
    dns.answer(host, {"127.0.0.1"});
    client.fetcher().submit(id, request_of(upstream.url_at(host)));
  }
  end_all(client, crowd, 200);
  CHECK(crowd.highest() == 64);
}

TEST_CASE("a body budget holds back what would exceed it") {
  Upstream upstream;
  Crowd crowd(2);
  upstream.otherwise([&](const auto&) { return crowd.arrive(); });
  FetcherSettings settings;
  settings.body_budget = {2U << 20};
  Client client(settings);
  for (std::uint64_t id = 1; id <= 6; ++id) client.fetcher().submit(id, request_of(upstream.url()));
  end_all(client, crowd, 6);
  CHECK(crowd.highest() == 2);
}

TEST_CASE("a transfer that never gets a place times out, and says so") {
  Upstream upstream;
  upstream.on("/stall", Answer::raw("", Ending::stall));
  FetcherSettings settings;
  settings.max_per_host = 1;
  Client client(settings);
  client.fetcher().submit(1, request_of(upstream.url("/stall")));
  auto late = request_of(upstream.url("/late"));
  late.timeout = 100ms;
  client.fetcher().submit(2, std::move(late));
  const auto ended = client.wait(1);
  REQUIRE(ended.size() == 1);
  CHECK(ended.front().id == 2);
  CHECK(error_of(ended.front().result).kind == ErrorKind::timeout);
  CHECK(error_of(ended.front().result).message ==
        "no free place among the transfers to this host after 100ms: " + std::string(kDisplay));
  CHECK(upstream.requests("/late").empty());
}

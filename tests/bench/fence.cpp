// SPDX-License-Identifier: Apache-2.0
// bench_fence SOCKET KEYS ROUNDS
// What the fence costs by itself: the same values written by prewarm's Store (fenced, read back, judged) and
// by plain pipelined SET + GET through hiredis (read back, compared), in windows of the same size, on one
// unix socket. CPU of this process and of the server, in turns; prints Markdown. Exit status 1 at the first
// write that is not as sent.
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "prewarm/store/store.hpp"
#include "prewarm/verify/verify.hpp"
#include "reference_redis.hpp"

namespace bench {
namespace {

using namespace std::chrono_literals;

double own_cpu_us() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto us = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_usec);
  };
  return us(used.ru_utime) + us(used.ru_stime);
}

// User and system time of the server's own thread that works on commands.
class ServerCpu {
 public:
  explicit ServerCpu(const char* path) : redis_(redisConnectUnix(path)) {
    if (redis_ == nullptr || redis_->err != 0) die("cannot connect to", path);
  }
  ServerCpu(const ServerCpu&) = delete;
  ServerCpu& operator=(const ServerCpu&) = delete;
  ~ServerCpu() { redisFree(redis_); }

  double us() {
    const std::string text = ask("INFO cpu");
    return number(text, "used_cpu_user_main_thread:") + number(text, "used_cpu_sys_main_thread:");
  }
  void clear() { ask("FLUSHALL SYNC"); }

 private:
  std::string ask(const char* command) {
    auto* reply = static_cast<redisReply*>(redisCommand(redis_, command));
    if (reply == nullptr || reply->type == REDIS_REPLY_ERROR) die("redis refused", command);
    std::string text(reply->str, reply->len);
    freeReplyObject(reply);
    return text;
  }
  static double number(const std::string& text, std::string_view name) {
    const auto at = text.find(name);
    if (at == std::string::npos) die("this server does not tell the CPU of its main thread (Redis 6.0)");
    return std::strtod(text.c_str() + at + name.size(), nullptr) * 1e6;
  }

  redisContext* redis_;
};

struct Work {
  std::size_t size, keys;
  std::vector<std::string> names;
  std::string payload;

  Work(std::size_t bytes, std::size_t count)
      : size(bytes), keys(count), payload("\"" + std::string(bytes - 2, 'x') + "\"") {
    for (std::size_t i = 0; i < count; ++i)
      names.push_back("fence:bench:u" + std::to_string(1'000'000 + i) + ":v1");
  }
  std::size_t per_window() const {
    return std::min(prewarm::store::kMaxWindowEntries,
                    std::max<std::size_t>(1, prewarm::store::kMaxWindowBytes / size));
  }
};

void write_plain(const Work& work, Link& link, const std::string& head) {
  for (std::size_t i = 0; i < work.keys; ++i) {
    std::string& w = link.window().bytes;
    w += "*5\r\n$3\r\nSET\r\n";
    append_bulk(w, work.names[i]);
    w += '$';
    const std::size_t size = head.size() + work.payload.size() + 1;
    append_number(w, size);
    w += "\r\n";
    const std::size_t offset = w.size();
    w += head;
    w += work.payload;
    w += "}\r\n$2\r\nPX\r\n$8\r\n10800000\r\n*2\r\n$3\r\nGET\r\n";
    append_bulk(w, work.names[i]);
    link.expect({.kind = Expected::Kind::ok});
    link.expect({.offset = offset, .size = size, .kind = Expected::Kind::whole});
    link.entry_done();
  }
  link.drain();
}

void write_fenced(const Work& work, prewarm::store::Store& store, prewarm::Clock& clock) {
  const auto deadline = clock.boot_now() + 60s;
  const auto now = store.time(deadline);
  if (!now) die("the store does not tell the time:", now.error().message);
  const std::string head = prewarm::envelope::head(1, *now);
  std::vector<prewarm::run::Entry> entries;
  for (std::size_t first = 0; first < work.keys; first += work.per_window()) {
    entries.clear();
    const std::size_t end = std::min(work.keys, first + work.per_window());
    for (std::size_t i = first; i < end; ++i)
      entries.push_back(
          {work.names[i], prewarm::envelope::Sealed(head, work.payload), 1, *now, prewarm::Millis(3h)});
    const auto answers = store.write(entries, 40s, deadline);
    for (std::size_t i = 0; i < entries.size(); ++i)
      if (!prewarm::verify::Judge::judge(entries[i], answers[i], *now).proof)
        die("not verified:", entries[i].key);
  }
}

struct Cost {
  double own = 0, server = 0;  // microseconds a key
};

template <class Write>
Cost measured(const Work& work, ServerCpu& server, const Write& write) {
  server.clear();
  const double own = own_cpu_us(), theirs = server.us();
  write();
  const auto keys = static_cast<double>(work.keys);
  return {(own_cpu_us() - own) / keys, (server.us() - theirs) / keys};
}

Cost median(std::vector<Cost> all) {
  const auto of = [&](double Cost::*member) {
    std::ranges::sort(all, {}, member);
    return all[all.size() / 2].*member;
  };
  return {of(&Cost::own), of(&Cost::server)};
}

std::size_t count(const char* text) {
  std::size_t n = 0;
  const char* end = text + std::strlen(text);
  if (std::from_chars(text, end, n).ptr != end || n == 0) die("not a number above 0:", text);
  return n;
}

void compare(const Work& work, const char* path, std::size_t rounds) {
  const auto clock = prewarm::make_system_clock();
  prewarm::store::StoreSettings settings;
  settings.env = settings.worker = "bench";
  auto store =
      prewarm::store::make_store(prewarm::Secret("redis+unix://" + std::string(path)), settings, *clock);
  if (!store) die("no store:", store.error().message);
  ServerCpu server(path);
  Link link(path);
  std::vector<Cost> plain, fenced;
  for (std::size_t round = 0; round <= rounds; ++round) {
    const Cost a = measured(work, server,
                            [&] { write_plain(work, link, prewarm::envelope::head(1, clock->wall_now())); });
    const Cost b = measured(work, server, [&] { write_fenced(work, **store, *clock); });
    if (round == 0) continue;  // connections, the probe, the server's first memory
    plain.push_back(a);
    fenced.push_back(b);
  }
  const Cost p = median(plain), f = median(fenced);
  std::printf("| %zu B | %.2f + %.2f | %.2f + %.2f | %.2f |\n", work.size, p.own, p.server, f.own, f.server,
              (f.own + f.server) / (p.own + p.server));
}

}  // namespace
}  // namespace bench

int main(int count, char** words) {
  if (count != 4) bench::die("usage: bench_fence SOCKET KEYS ROUNDS");
  std::puts(
      "| value | SET + GET: client + server, µs a key | fenced: client + server, µs a key | ratio |\n| --- | "
      "--- | --- | --- |");
  for (const std::size_t size : {1024UL, 16384UL})
    bench::compare(bench::Work(size, bench::count(words[2])), words[1], bench::count(words[3]));
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// `network`: one of a run's three links does what links do. Cases: LINK/FAULT, e.g.
// store/cut-client-117-reset: the link to the store ends with RST after 117 bytes of the store's answers. And
// LINK/descriptors: a worker whose link fails again and again has in the end no more descriptors than in the
// beginning.
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <csignal>
#include <optional>
#include <set>
#include <thread>

#include "campaign/campaigns.hpp"
#include "campaign/crew.hpp"
#include "campaign/shelf.hpp"
#include "cli/world.hpp"
#include "support/forwarder.hpp"

namespace prewarm::campaign {
namespace {

using namespace std::chrono_literals;
using testkit::Answer;
using testkit::Ending;
using testkit::LinkCut;
using testkit::Toward;
using testkit::UpstreamRequest;
using Codes = std::set<std::string>;
using Strings = std::vector<std::string>;

enum class LinkName : std::uint8_t { upstream, store, heartbeat };
constexpr LinkName kLinks[] = {LinkName::upstream, LinkName::store, LinkName::heartbeat};
std::string link_text(LinkName link) {
  if (link == LinkName::upstream) return "upstream";
  return link == LinkName::store ? "store" : "heartbeat";
}

enum class Way : std::uint8_t {
  none,
  refused,
  unknown_name,
  hold,
  cut,
  expired,
  wrong_name,
  other_authority,
  alert
};

struct Fault {
  std::string name;
  Way way = Way::none;
  std::optional<LinkCut> cut{};
};

const std::string kKey = "news:production:v1";
const std::string kOld = R"({"version":1,"lastUpdated":"2026-01-01T00:00:00.000Z","payload":["old"]})";
const std::string kNew = R"(["new",")" + std::string(200, 'n') + R"("])";
constexpr long kDeadlineMs = 2000;   // D
constexpr auto kPings = 15'500ms;    // the longest that once waits for its pings
constexpr auto kStart = 2s;          // of a process, on a busy machine
constexpr std::size_t kSpread = 90;  // nightly: cuts of one direction

bool of_certificates(Way way) {
  return way == Way::expired || way == Way::wrong_name || way == Way::other_authority || way == Way::alert;
}

/// A port that refuses connections as long as the object lives: bound, and nobody listens.
class DeadPort {
 public:
  DeadPort() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("cannot bind");
  }
  std::uint16_t port() const { return testkit::local_port(socket_); }

 private:
  testkit::Descriptor socket_;
};

/// An authority and what a server shows for a fault of certificates.
struct Papers {
  testkit::CertificateAuthority authority, stranger;
  testkit::CertificateFiles files;

  explicit Papers(Way way)
      : files(way == Way::expired           ? authority.expired()
              : way == Way::wrong_name      ? authority.wrong_name()
              : way == Way::other_authority ? stranger.good()
                                            : authority.good()) {}
};

/// Store, upstream and sink, each behind a link of its own, one of which is broken.
class Net {
 public:
  Net(LinkName broken, const Fault& fault)
      : fault_(fault),
        broken_(broken),
        papers_(of_certificates(fault.way) ? std::make_unique<Papers>(fault.way) : nullptr),
        upstream_(server_settings(LinkName::upstream)),
        sink_(server_settings(LinkName::heartbeat)),
        redis_(redis_settings()),
        links_{testkit::Forwarder(upstream_.port()), testkit::Forwarder(redis_port()),
               testkit::Forwarder(sink_.port())} {
    if (fault.way == Way::hold) link().hold();
    if (fault.way == Way::cut) link().cut(fault.cut);
    upstream_.on("/news", Answer::json(kNew));
    sink_.otherwise([](const UpstreamRequest&) { return Answer::of(200, "OK"); });
    redis_.command({"SET", kKey, kOld, "PX", "600000"});
    std::string more;
    if (papers_ && broken == LinkName::upstream) {
      world.dir.write("schedules/ca.pem", testkit::read_file(papers_->authority.ca_file()));
      more = R"("caFile":"ca.pem",)";
    }
    if (papers_ && broken == LinkName::store) world.env["PREWARM_STORE_CA"] = papers_->authority.ca_file();
    write_schedule("*/5 * * * *", more);
    world.env["PREWARM_STORE"] = base(LinkName::store) + "/0";
  }

  void write_schedule(const std::string& times, const std::string& more = "") {
    world.schedule("news", R"({"schedule":")" + times +
                               R"(","timeout":"2s","fetch":{"timeout":"2s","retries":0,)" + more +
                               R"("url":")" + base(LinkName::upstream) +
                               R"(/news"},"store":{"version":1,"ttl":"10m"},"heartbeat":")" +
                               base(LinkName::heartbeat) + R"(/ping"})");
  }
  testkit::Forwarder& link() { return links_[static_cast<std::size_t>(broken_)]; }
  std::optional<std::string> value() const { return redis_.value(kKey); }
  Strings pings() const {
    Strings paths;
    for (const auto& request : sink_.requests()) paths.push_back(request.path());
    return paths;
  }

  test::World world;

 private:
  bool secure(LinkName link) const { return papers_ && link == broken_; }
  testkit::UpstreamSettings server_settings(LinkName link) const {
    testkit::UpstreamSettings settings;
    if (!secure(link)) return settings;
    settings.tls = testkit::TlsSettings{papers_->files};
    if (fault_.way == Way::alert) settings.tls->client_ca = papers_->authority.ca_file();
    return settings;
  }
  testkit::RedisSettings redis_settings() const {
    testkit::RedisSettings settings;
    settings.tcp = true;
    if (secure(LinkName::store))
      settings.tls =
          testkit::RedisTls{papers_->files, papers_->authority.ca_file(), fault_.way == Way::alert};
    return settings;
  }
  std::uint16_t redis_port() const { return secure(LinkName::store) ? redis_.tls_port() : redis_.port(); }
  /// "http://127.0.0.1:PORT" as the program is to reach it.
  std::string base(LinkName link) const {
    std::string scheme = link == LinkName::store ? "redis" : "http", host = "127.0.0.1";
    std::uint16_t port = links_[static_cast<std::size_t>(link)].port();
    if (secure(link)) scheme += "s", host = "localhost";
    if (link == LinkName::store && secure(link)) scheme = "rediss";
    if (link == broken_ && fault_.way == Way::unknown_name) host = "no-such-host.invalid";
    if (link == broken_ && fault_.way == Way::refused) port = dead_.port();
    return scheme + "://" + host + ":" + std::to_string(port);
  }

  Fault fault_;
  LinkName broken_;
  std::unique_ptr<Papers> papers_;
  DeadPort dead_;
  testkit::Upstream upstream_, sink_;
  testkit::RedisServer redis_;
  std::array<testkit::Forwarder, 3> links_;
};

/// What a run may say of the fault if it does not end verified.
Codes codes_of(LinkName link, const Fault& fault) {
  const bool silent = fault.way == Way::hold || (fault.cut && fault.cut->how == Ending::stall);
  if (link == LinkName::heartbeat) return {};
  if (link == LinkName::store) {
    if (silent) return {"PW701", "PW704", "PW644"};
    if (fault.way == Way::cut) return {"PW701", "PW704"};
    if (fault.way == Way::alert) return {"PW702"};  // it says which certificate is missing
    return {"PW701"};
  }
  if (silent) return {"PW504", "PW644"};
  if (fault.way == Way::refused) return {"PW502"};
  if (fault.way == Way::unknown_name) return {"PW501"};
  if (of_certificates(fault.way)) return {"PW503"};
  return {"PW502", "PW521"};
}

std::string only(const Strings& found) { return found.size() == 1 ? found.front() : ""; }

Findings judge_time(LinkName link, const testkit::Finished& run) {
  Findings found;
  const std::string ms = only(test::members(run.out, "run", "duration_ms"));
  if (ms.empty() || std::stol(ms) > kDeadlineMs * 11 / 10) found.push_back("D: the run took " + ms + " ms");
  const auto all =
      std::chrono::milliseconds(kDeadlineMs) + kStart + (link == LinkName::heartbeat ? kPings : 0ms);
  if (run.timed_out || run.duration > all)
    found.push_back("the process took " + std::to_string(run.duration / 1ms) + " ms");
  return found;
}

Findings judge_value(LinkName link, bool verified, const std::optional<std::string>& value) {
  if (!value) return {"I5: the value is gone"};
  const auto parts = whole(*value);
  if (!parts) return {"I1: not a whole envelope: " + *value};
  if (verified && parts->payload != kNew) return {"I3: verified, and the old value is there"};
  if (verified || *value == kOld) return {};
  // Of a store's link that broke behind the write nobody can know.
  if (link == LinkName::store && parts->payload == kNew) return {};
  return {"I5: the run failed and the value is another: " + *value};
}

Findings judge_pings(LinkName link, bool verified, const Strings& pings) {
  const bool told = std::find(pings.begin(), pings.end(), "/ping") != pings.end();
  if (told && !verified) return {"I3: a success ping of a run that failed"};
  if (link != LinkName::heartbeat && (pings.empty() || pings.back() != (verified ? "/ping" : "/ping/fail")))
    return {"the end was not told"};
  return {};
}

Findings judge(LinkName link, const Fault& fault, const Net& net, const testkit::Finished& run) {
  const std::string outcome = only(test::members(run.out, "run", "outcome"));
  const std::string code = only(test::members(run.out, "run", "code"));
  const bool verified = outcome == "verified";
  Findings found = judge_time(link, run);
  const auto add = [&](const Findings& more) { found.insert(found.end(), more.begin(), more.end()); };
  const std::string failed = link == LinkName::upstream ? "upstream_failed" : "store_failed";
  const bool may_pass = link == LinkName::heartbeat || fault.way == Way::cut;
  if (verified ? !may_pass : outcome != failed || codes_of(link, fault).count(code) == 0)
    found.push_back("the run ended \"" + outcome + "\" " + code);
  if (run.exit_code != 0 && verified) found.push_back("verified, and the exit is not 0");
  if (run.exit_code == 0 && !verified) found.push_back("failed, and the exit is 0");
  add(judge_value(link, verified, net.value()));
  add(judge_pings(link, verified, net.pings()));
  if (!found.empty()) found.push_back("said:\n" + run.out + run.err);
  return found;
}

Findings break_once(LinkName link, const Fault& fault) {
  Net net(link, fault);
  const auto run = testkit::run(net.world.command({"once", "news", "--json", "--log-format", "json"}), 30s);
  return judge(link, fault, net, run);
}

std::size_t descriptors(const testkit::Process& process) {
  std::size_t count = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc/" + std::to_string(process.pid()) + "/fd"))
    count += entry.path().empty() ? 0 : 1;
  return count;
}

std::size_t ended(const testkit::Process& worker) {
  return test::members(worker.text(testkit::Process::Stream::err), "run.ended", "outcome").size();
}

bool runs_end(const testkit::Process& worker, std::size_t more) {
  const std::size_t wanted = ended(worker) + more;
  for (const auto until = std::chrono::steady_clock::now() + 30s; std::chrono::steady_clock::now() < until;
       std::this_thread::sleep_for(10ms))
    if (ended(worker) >= wanted) return true;
  return false;
}

Findings keep_descriptors(LinkName link, int rounds) {
  Net net(link, Fault{});
  net.write_schedule("@every 1s");
  testkit::Process worker(net.world.command({"run", "--drain", "5s"}));
  if (!runs_end(worker, 3))
    return {"the worker does not begin: " + worker.text(testkit::Process::Stream::err)};
  const std::size_t before = descriptors(worker);
  for (int round = 0; round < rounds; ++round) {
    net.link().cut(LinkCut{round % 2 == 0 ? Toward::server : Toward::client,
                           static_cast<std::size_t>(40 * round + 5),
                           round % 3 == 0 ? Ending::fin : Ending::reset});
    net.link().drop();
    if (!runs_end(worker, 2)) return {"no run ends: " + worker.text(testkit::Process::Stream::err)};
    net.link().hold();
    if (!runs_end(worker, 1)) return {"no run ends: " + worker.text(testkit::Process::Stream::err)};
    net.link().release();
  }
  net.link().cut(std::nullopt);
  net.link().drop();
  std::size_t after = 0;
  std::string last;
  for (int patience = 0; patience < 20; ++patience) {  // pings may be under way
    if (!runs_end(worker, 1)) return {"no run ends: " + worker.text(testkit::Process::Stream::err)};
    after = descriptors(worker);
    last = test::members(worker.text(testkit::Process::Stream::err), "run.ended", "outcome").back();
    if (after <= before && (last == "verified" || last == "unchanged")) break;
  }
  Findings found;
  if (after > before)
    found.push_back(std::to_string(before) + " descriptors before, " + std::to_string(after) + " after");
  if (last != "verified" && last != "unchanged") found.push_back("not warm again: " + last);
  worker.signal(SIGTERM);
  if (worker.wait(20s).exit_code != 0) found.push_back("the worker does not end well");
  return found;
}

std::string ending_text(Ending how) {
  if (how == Ending::stall) return "stall";
  return how == Ending::fin ? "fin" : "reset";
}

struct Steps {
  std::size_t first, step;
};

/// Cuts of one direction of `bytes` bytes.
void add_cuts(std::vector<Fault>& all, Toward toward, std::size_t bytes, Steps steps) {
  const std::string side = toward == Toward::server ? "cut-server-" : "cut-client-";
  for (const Ending how : {Ending::fin, Ending::reset, Ending::stall})
    for (std::size_t at = steps.first; at <= bytes; at += steps.step)
      all.push_back({side + std::to_string(at) + "-" + ending_text(how), Way::cut, LinkCut{toward, at, how}});
}

std::vector<Fault> faults_of(const Campaign& campaign, LinkName link) {
  std::vector<Fault> all{{"refused", Way::refused},
                         {"unknown-name", Way::unknown_name},
                         {"hold", Way::hold},
                         {"expired", Way::expired},
                         {"wrong-name", Way::wrong_name},
                         {"other-authority", Way::other_authority},
                         {"alert", Way::alert}};
  Net net(link, Fault{});
  const auto run = testkit::run(net.world.command({"once", "news"}), 30s);
  if (run.exit_code != 0) throw std::runtime_error("without a fault a run fails: " + run.err);
  for (const Toward toward : {Toward::server, Toward::client}) {
    const std::size_t bytes = net.link().bytes(toward);
    const std::size_t step = campaign.ci() ? bytes / 2 + 1 : campaign.release() ? 1 : bytes / kSpread + 1;
    if (campaign.options().only.empty())
      add_cuts(all, toward, bytes, {campaign.options().seed % step, step});
    else
      add_cuts(all, toward, bytes, {0, 1});
    campaign.tell(link_text(link) + ": " + std::to_string(bytes) + " bytes toward the " +
                  (toward == Toward::server ? "server" : "client") + ", cut at every " +
                  std::to_string(step));
  }
  return all;
}

}  // namespace

void run_network(Campaign& campaign) {
  Crew crew(campaign, campaign.ci() ? 6 : 8);  // most of them wait
  for (const LinkName link : kLinks) {
    if (!campaign.wants_group(link_text(link) + "/")) continue;
    const int rounds = campaign.ci() ? 2 : 20;
    crew.add(link_text(link) + "/descriptors", [link, rounds] { return keep_descriptors(link, rounds); });
  }
  for (const LinkName link : kLinks) {
    if (!campaign.wants_group(link_text(link) + "/")) continue;
    for (const Fault& fault : faults_of(campaign, link))
      crew.add(link_text(link) + "/" + fault.name, [link, fault] { return break_once(link, fault); });
  }
  crew.run();
}

}  // namespace prewarm::campaign

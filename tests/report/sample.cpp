// SPDX-License-Identifier: Apache-2.0
#include "report/sample.hpp"

#include "prewarm/base/time_text.hpp"
#include "prewarm/envelope/envelope.hpp"
#include "prewarm/verify/verify.hpp"

namespace prewarm::sample {

using namespace std::chrono_literals;

WallTime instant(std::string_view text) { return parse_rfc3339(text).value(); }
Slot slot(std::string_view text) { return std::chrono::floor<std::chrono::seconds>(instant(text)); }
BootTime boot(Millis since_start) { return BootTime(since_start); }

std::shared_ptr<schedule::Schedule> recent_listens() {
  auto made = std::make_shared<schedule::Schedule>();
  made->name = "recent-listens";
  made->env = "production";
  made->timeout = 30s;
  made->stale_after = 10min + 30s;
  made->fetch.host = "api.listenbrainz.org";
  made->fetch.url.written = "https://api.listenbrainz.org/1/user/${LISTENBRAINZ_USER}/listens";
  made->fetch.headers = {{"authorization", {"Token ${LISTENBRAINZ_TOKEN}", Secret("Token t")}}};
  made->store.version = 3;
  made->store.ttl = 1h;
  made->heartbeat.url = Secret("https://hc-ping.example/uuid-canary");
  return made;
}

std::shared_ptr<schedule::Schedule> lastfm_recent() {
  auto made = std::make_shared<schedule::Schedule>();
  made->name = "lastfm-recent";
  made->env = "production";
  made->timeout = 30s;
  made->stale_after = 20min + 30s;
  made->fetch.host = "ws.audioscrobbler.com";
  made->fetch.url.written = "https://ws.audioscrobbler.com/2.0/";
  made->fetch.query = {{"api_key", {"${LASTFM_API_KEY}", Secret("k")}}};
  made->store.version = 1;
  made->store.ttl = 2h;
  made->heartbeat.url = Secret("https://cronitor.example/p/key-canary/lastfm");
  made->heartbeat.style = schedule::HeartbeatStyle::cronitor;
  return made;
}

run::VerifiedWrite proof(const std::string& key) {
  run::Entry entry;
  entry.key = key;
  entry.version = 3;
  entry.instant = instant("2026-05-01T13:00:19.187Z");
  entry.value = envelope::Sealed(envelope::seal(entry.version, entry.instant, "[1]"));
  run::ReadBack read_back;
  read_back.answer = run::ReadBack::Answer::written;
  read_back.found.kind = run::Found::Kind::text;
  read_back.found.bytes = entry.value.text();
  read_back.found.length = entry.value.size();
  return std::move(verify::Judge::judge(entry, read_back, entry.instant + 1s).proof).value();
}

run::RunReport verified() {
  run::RunReport report;
  report.schedule = recent_listens();
  report.run_id = "41d09c3e-6b27-8a15-9f02-c8e1d7b6a354";
  report.rid = "8a46fec7-e050-8d1e-a5e6-a3d39b7a7023";
  report.slot = slot("2026-05-01T13:00:00Z");
  report.outcome = run::Outcome::verified;
  report.fetch = {1, 1, 412ms, 200, 19853};
  report.lag = 4ms;
  report.duration = 431ms;
  report.fetch_took = 412ms;
  report.shape_took = 1ms;
  report.store_took = 17ms;
  report.verify_took = 0ms;
  report.items = 14;
  report.bytes = 1397;
  report.payload_bytes = 1332;
  report.keys_written = 1;
  report.key = "recent-listens:production:v3";
  report.last_updated = instant("2026-05-01T13:00:19.187Z");
  report.found = envelope::Class::current;
  report.stale_in = 10min + 30s - 431ms;
  report.cold_in = 1h - 5ms;
  report.next = slot("2026-05-01T13:05:00Z");
  report.proofs.add(proof(report.key));
  report.ended_wall = instant("2026-05-01T13:00:19.618Z");
  report.started = boot(1000s);
  report.ended = boot(1000s + 431ms);
  return report;
}

run::RunReport failed(run::Outcome outcome, Error error) {
  run::RunReport report;
  report.schedule = lastfm_recent();
  report.run_id = "b80f5a17-2c94-8e6d-a3b1-0d7f9c42e651";
  report.rid = "65097f0d-62e7-8105-a43a-af299a1d1d2b";
  report.slot = slot("2026-05-01T13:00:00Z");
  report.outcome = outcome;
  report.error = std::move(error);
  report.fetch = {3, 3, 2297ms, 503, 312};
  report.lag = 0ms;
  report.duration = 2298ms;
  report.fetch_took = 2297ms;
  report.key = "lastfm-recent:production:v1";
  report.old_age = 20min + 30s - 33s;
  report.stale_in = 33s + 200ms;
  report.cold_in = 6003s + 200ms;
  report.next = slot("2026-05-01T13:10:00Z");
  report.ended_wall = instant("2026-05-01T13:00:09.912Z");
  report.started = boot(1000s);
  report.ended = boot(1002s);
  return report;
}

run::RunReport upstream_failed() {
  return failed(run::Outcome::upstream_failed,
                {ErrorKind::http_5xx, "503 on 3 attempts", "prewarm diff lastfm-recent"});
}

LogSettings settings() {
  LogSettings made;
  made.env = "production";
  made.worker = "prewarm-7c9f";
  return made;
}

}  // namespace prewarm::sample

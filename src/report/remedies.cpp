// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <string_view>
#include <vector>

#include "prewarm/report/reason.hpp"

namespace prewarm::report {
namespace {

struct Row {
  ErrorKind kind;
  std::string_view remedy;
};

// SURFACE 6, column "do". NAME is the schedule's name, SECRET the variable that holds its credential. Where
// the surface names a command that comes later, the one that shows the same today stands here.
constexpr auto kRows = std::to_array<Row>({
    {ErrorKind::dns, "check the host name in fetch.url, and the resolver of this machine"},
    {ErrorKind::connect, "check that the upstream is up and can be reached from here"},
    {ErrorKind::tls, "check the upstream's certificate and host name; for an own CA set fetch.caFile"},
    {ErrorKind::timeout, "a longer fetch.timeout, or find out why the upstream is slow"},
    {ErrorKind::address, "--allow-net RANGE, if that address is meant"},
    {ErrorKind::too_large, "a larger fetch.maxBytes, or ask the upstream for less"},
    {ErrorKind::broken, "prewarm once NAME --dry-run"},
    {ErrorKind::no_body, "prewarm once NAME --dry-run"},
    {ErrorKind::body, "prewarm once NAME --dry-run; if the answer is right, change fetch.expect"},
    {ErrorKind::http_5xx, "see the upstream's status; the next run tries again"},
    {ErrorKind::http_4xx, "check fetch.url and fetch.query; then prewarm once NAME --dry-run"},
    {ErrorKind::auth, "check SECRET; then prewarm once NAME --dry-run"},
    {ErrorKind::rate_limited, "a slower schedule, jitter, or fewer schedules on this host"},
    {ErrorKind::http_3xx, "write the address it leads to into fetch.url; redirects are never followed"},
    {ErrorKind::status, "prewarm once NAME --dry-run"},
    {ErrorKind::parse, "prewarm once NAME --dry-run"},
    {ErrorKind::id_source, "look at fanout.ids and at what it names"},
    {ErrorKind::no_ids_back, "prewarm once NAME --dry-run; check fanout.id and fanout.records"},
    {ErrorKind::ids_missing, "take the ids out of fanout.ids, or lower fanout.floor"},
    {ErrorKind::record_id, "prewarm once NAME --dry-run; if the answer is right, change fanout.id"},
    {ErrorKind::deadline, "a longer timeout, or find out what was slow"},
    {ErrorKind::store_deadline,
     "look at the store and the link to it: what was asked of it took the whole timeout"},
    {ErrorKind::shape, "prewarm once NAME --dry-run; if the answer is right, change shape"},
    {ErrorKind::key, "prewarm once NAME --dry-run; if the answer is right, change store.keys"},
    {ErrorKind::key_twice, "prewarm once NAME --dry-run; if the answer is right, change store.keys"},
    {ErrorKind::guard, "prewarm once NAME --dry-run; if the answer is right, change guard"},
    {ErrorKind::unreachable, "check --store, and that the store is up and can be reached from here"},
    {ErrorKind::store_auth,
     "check PREWARM_STORE_USER and PREWARM_STORE_PASSWORD, and the rights of that user"},
    {ErrorKind::refused, "look at the store: its memory or disk, and whether it is read-only"},
    {ErrorKind::no_answer, "look at the link to the store; the next run settles what is there"},
    {ErrorKind::not_primary, "point --store at the primary"},
    {ErrorKind::protocol, "check that --store names a Redis or Valkey server and nothing in between"},
    {ErrorKind::differs, "find the other writer of this key, for instance in the store's client list"},
    {ErrorKind::vanished,
     "find who deletes or evicts this key: maxmemory-policy should be volatile-ttl or noeviction"},
    {ErrorKind::newer_version, "retire or upgrade this worker: NAME is older here than what is stored"},
    {ErrorKind::overlap, "a shorter timeout, a slower schedule, or \"overlap\": \"queue-one\""},
    {ErrorKind::ledger_newer, "upgrade this worker"},
});

// The NAMEs of ${NAME} and ${NAME:-text} in `written`; "$$" is a dollar sign.
void collect_names(const std::string& written, std::vector<std::string>& names) {
  for (std::size_t at = written.find('$'); at != std::string::npos; at = written.find('$', at)) {
    if (written.compare(at, 2, "${") != 0) {
      at += 2;
      continue;
    }
    const std::size_t end = written.find_first_of(":}", at);
    if (end == std::string::npos) return;
    names.push_back(written.substr(at + 2, end - at - 2));
    at = end;
  }
}

// Variables a refused login may come from: those of the headers, else of the query, else of URL and body.
std::string secret_names(const schedule::FetchSpec& fetch) {
  std::vector<std::string> names;
  for (const auto& [name, text] : fetch.headers) collect_names(text.written, names);
  if (names.empty())
    for (const auto& [name, text] : fetch.query) collect_names(text.written, names);
  if (names.empty()) collect_names(fetch.url.written, names);
  if (names.empty() && fetch.body) collect_names(fetch.body->written, names);
  std::string joined;
  for (const std::string& name : names) joined += (joined.empty() ? "" : ", ") + name;
  return joined.empty() ? "fetch.headers: no secret is sent" : "the value of " + joined;
}

void fill(std::string& text, std::string_view word, const std::string& value) {
  const std::size_t at = text.find(word);
  if (at != std::string::npos) text.replace(at, word.size(), value);
}

constexpr std::string_view kTry = "prewarm once NAME --dry-run";

// What is left of a cure for somebody who has just done the trying.
std::string without_trying(std::string_view remedy) {
  const std::size_t at = remedy.find(kTry);
  if (at == std::string_view::npos) return std::string(remedy);
  constexpr std::string_view kBefore = "; then ", kAfter = "; ";
  if (at > 0) return std::string(remedy.substr(0, at - kBefore.size()));
  if (remedy.size() > kTry.size()) return std::string(remedy.substr(kTry.size() + kAfter.size()));
  return "ask the upstream the same by hand, and look at the answer";
}

}  // namespace

std::string default_remedy(ErrorKind kind, const schedule::Schedule& schedule, Tried tried) {
  for (const Row& row : kRows) {
    if (row.kind != kind) continue;
    std::string text = tried == Tried::dry_run ? without_trying(row.remedy) : std::string(row.remedy);
    fill(text, "NAME", schedule.name);  // first: a variable's name may hold this word too
    fill(text, "SECRET", secret_names(schedule.fetch));
    return text;
  }
  return {};
}

}  // namespace prewarm::report

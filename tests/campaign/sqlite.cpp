// SPDX-License-Identifier: Apache-2.0
// A SQLite file whose disk fails while the program writes. Each call that changes the file, its journal or
// their folder fails in turn: no space, an I/O error once or from then on, half a write; or the file or its
// folder may not be written; or another process holds the lock. Afterwards the value is the old or the new
// one, whole; success was told of nothing else; the error has a name; and the next run recovers.
// Cases: FAULT/SCENE/N, e.g. full/replace/12: from the 12th call on.
#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "campaign/campaigns.hpp"
#include "campaign/file_faults.hpp"
#include "campaign/shelf.hpp"
#include "cli/world.hpp"

namespace prewarm::campaign {
namespace {

using testkit::Answer;

constexpr std::uint64_t kCiPoints = 200;
const std::string kKey = "news:production:v1";

struct FaultRow {
  const char* name;
  DiskFault fault;
};
const std::vector<FaultRow> kFaults{{"full", {.error = ENOSPC}},
                                    {"short", {.error = ENOSPC, .cut = true}},
                                    {"io-error", {.error = EIO}},
                                    {"io-error-once", {.error = EIO, .once = true}},
                                    {"read-only", {.error = EROFS, .only_open = true}}};

class DiskStage {
 public:
  explicit DiskStage(bool first) : first_(first) {
    world_.env["PREWARM_STORE"] = keeper_->url();
    // To see this campaign find something.
    if (const char* planted = std::getenv("PREWARM_PLANT")) world_.env["PREWARM_PLANT"] = planted;
    world_.schedule("news", R"({"schedule":"*/5 * * * *","timeout":"3s","fetch":{"retries":0,"url":")" +
                                world_.upstream.url("/news") +
                                R"("},"store":{"version":1},"heartbeat":"${PING}"})");
  }
  ~DiskStage() { world_.upstream.stop(); }
  DiskStage(const DiskStage&) = delete;
  DiskStage& operator=(const DiskStage&) = delete;

  std::string file() const { return keeper_->url().substr(std::string("sqlite:").size()); }

  void prepare() {
    if (first_) keeper_->wipe();
    if (!first_ && keeper_->look({kKey}).values.empty()) succeed();
    next_edition();
    before_ = keeper_->look({kKey});
    ++strikes_;
    world_.env["PING"] = world_.sink.url(path());
  }

  Traced strike(const DiskFault& fault) {
    FileFaults faults(file(), fault);
    return trace(world_.command({"once", "news", "--json"}), {.faults = &faults});
  }

  Findings judge(const testkit::Finished& finished) {
    Shelf after = keeper_->look({kKey});
    Findings found = std::move(after.unsound);
    const bool is_new = is_new_value(after, found);
    const bool told = !world_.sink.requests(path()).empty();
    if (told && !is_new) found.push_back("I3: a success ping without the new value");
    if (finished.exit_code == 0 && !is_new) found.push_back("I3: exit status 0 without the new value");
    if (finished.exit_code != 0 && told) found.push_back("a success ping of a run that failed");
    const bool named = (finished.out + finished.err).find("PW70") != std::string::npos ||
                       (finished.out + finished.err).find("PW644") != std::string::npos;
    if (finished.exit_code != 0 && (finished.exit_code != 5 || !named))
      found.push_back("the failure is not named as one of the store: " +
                      std::to_string(finished.exit_code.value_or(-1)) + " " + finished.out + finished.err);
    for (std::string& line : succeed()) found.push_back(std::move(line));
    return found;
  }

 private:
  std::string path() const { return "/struck" + std::to_string(strikes_); }
  // Of several pages, so that a torn write would show.
  std::string payload() const {
    return "[" + std::to_string(edition_) + ",\"" +
           std::string(20'000, static_cast<char>('a' + edition_ % 26)) + "\"]";
  }
  void next_edition() {
    ++edition_;
    world_.upstream.otherwise(
        [body = payload()](const testkit::UpstreamRequest&) { return Answer::json(body); });
  }

  bool is_new_value(const Shelf& after, Findings& found) const {
    const auto was = before_.values.find(kKey), is = after.values.find(kKey);
    if (is == after.values.end()) {
      if (was != before_.values.end()) found.push_back("I1: the old value is gone");
      return false;
    }
    const auto parts = whole(is->second.bytes);
    if (parts && parts->payload == payload()) return true;
    if (was == before_.values.end() || was->second.bytes != is->second.bytes)
      found.push_back("I1: neither the old nor the new envelope: " + is->second.bytes.substr(0, 120));
    return false;
  }

  Findings succeed() {
    world_.env["PING"] = world_.sink.url("/next");
    next_edition();
    const auto run = world_.prewarm({"once", "news", "--json"});
    const Shelf shelf = keeper_->look({kKey});
    Findings found = shelf.unsound;
    const auto held = shelf.values.find(kKey);
    const auto parts = held == shelf.values.end() ? std::nullopt : whole(held->second.bytes);
    if (run.exit_code != 0 || !parts || parts->payload != payload())
      found.push_back("the next run did not do well: " + run.out + run.err);
    return found;
  }

  const bool first_;
  std::unique_ptr<ShelfKeeper> keeper_ = sqlite_shelf();
  test::World world_;
  Shelf before_;
  int edition_ = 0, strikes_ = 0;
};

/// One fault at each call of one scene, or at every `step`th.
void fail_at_each(Campaign& campaign, const FaultRow& row, DiskStage& stage, const std::string& group) {
  stage.prepare();
  const Traced sound = stage.strike({});
  if (sound.calls == 0)
    return campaign.run(group + "0", [] { return Findings{"no call that changes the file was seen"}; });
  stage.judge(sound.finished);
  constexpr std::uint64_t kGroups = 2 * 5;
  const std::uint64_t step =
      campaign.ci() ? std::max<std::uint64_t>(1, sound.calls * kGroups / kCiPoints) : 1;
  std::uint64_t struck = 0, failed = 0;
  bool over = false;
  const bool asked = !campaign.options().only.empty();
  for (std::uint64_t at = 1; !over && at <= 2 * sound.calls; at += asked ? 1 : step)
    campaign.run(group + std::to_string(at), [&] {
      stage.prepare();
      DiskFault fault = row.fault;
      fault.from = at;
      const Traced traced = stage.strike(fault);
      over = traced.calls < at;
      ++struck;
      failed += traced.finished.exit_code == 0 ? 0 : 1;
      return stage.judge(traced.finished);
    });
  campaign.tell(group + ": " + std::to_string(struck) + " faults at some " + std::to_string(sound.calls) +
                " calls, after which " + std::to_string(failed) + " runs failed");
}

Findings meet_a_lock(DiskStage& stage) {
  stage.prepare();
  sqlite3* other = nullptr;
  sqlite3_open_v2(stage.file().c_str(), &other, SQLITE_OPEN_READWRITE, nullptr);
  const bool locked = sqlite3_exec(other, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr) == SQLITE_OK;
  const Traced traced = stage.strike({});
  sqlite3_close(other);
  Findings found = stage.judge(traced.finished);
  if (!locked) found.push_back("the lock could not be taken");
  if (traced.finished.exit_code == 0) found.push_back("a run did well although another held the lock");
  return found;
}

}  // namespace

void run_sqlite(Campaign& campaign) {
  for (const bool first : {false, true}) {
    const std::string scene = first ? "first" : "replace";
    DiskStage stage(first);
    for (const FaultRow& row : kFaults) {
      const std::string group = std::string(row.name) + "/" + scene + "/";
      if (campaign.wants_group(group)) fail_at_each(campaign, row, stage, group);
    }
  }
  if (!campaign.wants("locked/replace/0")) return;
  DiskStage stage(false);
  campaign.run("locked/replace/0", [&] { return meet_a_lock(stage); });
}

}  // namespace prewarm::campaign

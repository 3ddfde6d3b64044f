// SPDX-License-Identifier: Apache-2.0
#include "sim/situations.hpp"

#include <algorithm>

namespace prewarm::sim {

const std::vector<std::string_view>& situations() {
  static const std::vector<std::string_view> all = [] {
    std::vector<std::string_view> names{
        // the wall clock of a worker, and the store's
        "clock.correction", "clock.fast", "clock.jump_back", "clock.jump_forward", "clock.slow",
        "store_clock.ahead", "store_clock.behind",
        // workers
        "worker.crashed", "worker.crashed_fetching", "worker.crashed_idle", "worker.crashed_writing",
        "worker.replaced", "worker.replaced_at_work", "worker.stopped", "worker.stopped_past_deadline",
        "worker.stopped_past_fence", "worker.stopped_writing", "worker.drained", "worker.version_changed",
        "workers.three", "workers.two_versions",
        // runs
        "run.catch_up", "run.queued", "run.skipped", "missed.jump", "missed.paused", "outcome.cancelled",
        "outcome.missed", "outcome.partial", "outcome.rejected", "outcome.overlapped", "outcome.store_failed",
        "outcome.superseded", "outcome.unchanged", "outcome.upstream_failed", "outcome.verified",
        "outcome.verify_failed",
        // upstreams
        "upstream.304", "upstream.blank", "upstream.cut", "upstream.empty_body", "upstream.empty_list",
        "upstream.grown", "upstream.lagging", "upstream.limited", "upstream.lying_304", "upstream.overloaded",
        "upstream.page", "upstream.refuses", "upstream.shrunken", "upstream.silent", "upstream.slow",
        "fetch.timeout", "log.fetch.held", "log.validators.distrusted",
        // what the fence found at the key, and what it said
        "fence.expired", "fence.far_head", "fence.first", "fence.later", "fence.near_head",
        "fence.over_foreign", "fence.over_legacy", "fence.over_older", "fence.over_wrong_type",
        "fence.same_token", "fence.superseded", "fence.superseded_by_newer",
        // between a write and its read-back
        "read_back.gone", "read_back.other", "read_back.overtaken",
        // links to the store
        "late.refused", "late.written", "noscript", "read.link_died", "write.link_died", "write.refused",
        "write.not_primary", "write.reply_lost", "write.out_of_time", "log.store.down", "log.store.up",
        // the store itself
        "expired", "failover", "failover.lost_tail", "failover.while_writing", "restart.empty",
        "restart.with_data", "operator.del", "operator.flush", "head_ahead", "stale_writer", "log.value.lost",
        "log.value.sighted",
        // renewals
        "extended", "renew.changed", "renew.expired", "renew.link_died", "renewed",
        // heartbeats
        "ping.fail", "ping.heard_but_lost", "ping.lost", "ping.start", "ping.success", "log.heartbeat.failed",
        // the end
        "end.fresh"};
    std::sort(names.begin(), names.end());
    return names;
  }();
  return all;
}

bool is_situation(std::string_view name) noexcept {
  return std::binary_search(situations().begin(), situations().end(), name);
}

}  // namespace prewarm::sim

// SPDX-License-Identifier: Apache-2.0
// What the loader asks of cron and zone: the readers of `schedule` and `timezone`, the gaps between slots,
// and what can be said of an expression in its zone.
#include "prewarm/base/json_text.hpp"
#include "prewarm/schedule/advice.hpp"
#include "prewarm/schedule/gaps.hpp"
#include "readers.hpp"

namespace prewarm::schedule {

bool read_cron(const Reading& in) {
  if (in.node.kind != NodeKind::text) return refuse_kind(in, "a cron expression", "e.g. \"*/5 * * * *\"");
  auto parsed = Cron::parse(in.node.text);
  if (const auto* fault = std::get_if<CronFault>(&parsed))
    return in.refuse(210, fault_text(*fault), fault->remedy);
  Cron& cron = *std::get_if<Cron>(&parsed);
  if (cron.never_fires())
    return in.refuse(211, shown(in.node) + " never fires: no month has such a day",
                     "\"0 0 L * *\" for the last day of the month");
  in.draft.schedule.cron = std::move(cron);
  return true;
}

bool read_zone(const Reading& in) {
  if (in.node.kind != NodeKind::text) return refuse_kind(in, "a time zone", "e.g. \"Europe/Paris\"");
  auto zone = Zone::load(in.node.text);
  if (!zone.ok()) return in.refuse(215, zone.error().message, zone.error().remedy);
  in.draft.schedule.zone = std::move(zone).value();
  return true;
}

void check_slots(Draft& draft) {
  if (!draft.given("/schedule") || !draft.sound("/schedule") || !draft.sound("/timezone")) return;
  const Slot from = std::chrono::floor<std::chrono::seconds>(draft.input.now);
  Schedule& schedule = draft.schedule;
  if (const auto gaps = gaps_over_year(schedule.cron, schedule.zone, from)) {
    schedule.gaps = *gaps;
    draft.has_gaps = true;
  }
  for (CronAdvice& advice : cron_advice(schedule.cron, schedule.zone, from))
    draft.report("/schedule", {advice.code, std::move(advice.message), std::move(advice.remedy)});
}

}  // namespace prewarm::schedule

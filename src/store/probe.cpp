// SPDX-License-Identifier: Apache-2.0
#include "store/probe.hpp"

#include "prewarm/envelope/envelope.hpp"
#include "prewarm/schedule/key_template.hpp"

namespace prewarm::store {

std::array<run::Entry, 2> probe_entries(const StoreSettings& settings, WallTime now) {
  const std::string key = "prewarm:" + settings.env + ":probe:" + schedule::encode_key_text(settings.worker);
  const auto entry = [&](WallTime instant) {
    return run::Entry{key, envelope::seal(1, instant, "null"), 1, instant, kProbeTtl};
  };
  return {entry(now), entry(now - Millis(1))};
}

Result<void> judge_probe(std::span<const run::ReadBack> answers, const std::string& target) {
  using Answer = run::ReadBack::Answer;
  ENSURE(answers.size() == 2);
  for (const run::ReadBack& answer : answers)
    if (answer.answer == Answer::failed) return *answer.error;
  // The first may be superseded itself, by the probe of a worker of the same name a moment ago.
  if (answers[1].answer == Answer::superseded) return {};
  if (answers[1].answer == Answer::expired)
    return Error{ErrorKind::refused, "the clock of " + target + " jumped while the store was probed", "",
                 true};
  return Error{ErrorKind::store_auth,
               target + " let an earlier value replace a later one: it does not order writes",
               "use a Redis or Valkey that runs scripts on its primary, or a sqlite: store"};
}

}  // namespace prewarm::store

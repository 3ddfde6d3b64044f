// SPDX-License-Identifier: Apache-2.0
#include "store/probe.hpp"

#include "prewarm/envelope/envelope.hpp"

namespace prewarm::store {
namespace {

// A worker's name is anything; a part of a key is not (DESIGN 2.2).
std::string key_part(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string part;
  for (const char letter : text) {
    const auto c = static_cast<unsigned char>(letter);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("._@+-").find(letter) != std::string_view::npos;
    if (plain) {
      part += letter;
    } else {
      part += '%';
      part += kDigits[c >> 4U];
      part += kDigits[c & 15U];
    }
  }
  return part;
}

}  // namespace

std::array<run::Entry, 2> probe_entries(const StoreSettings& settings, WallTime now) {
  const std::string key = "prewarm:" + settings.env + ":probe:" + key_part(settings.worker);
  const auto entry = [&](WallTime instant) {
    return run::Entry{key, envelope::Sealed(envelope::seal(1, instant, "null")), 1, instant, kProbeTtl};
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

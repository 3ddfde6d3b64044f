// SPDX-License-Identifier: Apache-2.0
#include "support/player.hpp"

namespace prewarm::testkit {
namespace {

bool send(Wire& wire, const Step& step) {
  if (step.byte_interval.count() > 0) {
    for (const char byte : step.bytes)
      if (!wire.write({&byte, 1}) || !wire.pause(step.byte_interval)) return false;
    return true;
  }
  while (wire.write(step.bytes))
    if (!step.for_ever) return true;
  return false;
}

bool wait(Wire& wire, const Step& step) {
  if (step.pause.count() > 0 && !wire.pause(step.pause)) return false;
  return step.gate == nullptr || wire.wait_for(*step.gate);
}

}  // namespace

bool play(Wire& wire, const Script& script, const std::function<void()>& before_the_first_byte) {
  bool begun = false;
  for (const Step& step : script.steps) {
    if (!wait(wire, step)) return false;
    if (before_the_first_byte && !begun && !step.bytes.empty()) {
      before_the_first_byte();
      begun = true;
    }
    if (!send(wire, step)) return false;
  }
  switch (script.ending) {
    case Ending::keep:
      return true;
    case Ending::fin:
      wire.finish(Wire::Notify::yes);
      return false;
    case Ending::fin_unannounced:
      wire.finish(Wire::Notify::no);
      return false;
    case Ending::reset:
      wire.reset();
      return false;
    case Ending::stall:
      wire.wait_for_the_end();
      return false;
  }
  return false;
}

}  // namespace prewarm::testkit

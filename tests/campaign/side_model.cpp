// SPDX-License-Identifier: Apache-2.0
// The model beside the real stores: one node, one client, links that hold, and a clock that is set to the
// real one before each operation. All of it happens in no time, so what it decides hangs on nothing else.
#include "campaign/act.hpp"
#include "campaign/sides.hpp"
#include "sim/sim_store.hpp"

namespace prewarm::campaign {
namespace {

using namespace std::chrono_literals;
using Kind = Operation::Kind;

constexpr WallTime kBegin{};

sim::Chance calm_chance() {
  sim::Chance chance(1);
  chance.calm = true;
  return chance;
}

class ModelSide final : public Side {
 public:
  ModelSide() {
    in_task([this] { proved_ = store_.probe(clock_.boot_now() + 1min).ok(); });
    ENSURE(proved_);
  }
  const char* name() const noexcept override { return "model"; }

  Outcome act(const Operation& operation) override {
    set_time(operation.now);
    Outcome outcome;
    if (operation.full) redis_.refusing = ErrorKind::refused;
    in_task([&] {
      const BootTime now = clock_.boot_now();
      outcome = act_on(store_, operation, operation.late ? now - 1s : now + 1min);
    });
    redis_.refusing.reset();
    set_time(operation.now);
    operate(operation);
    return outcome;
  }

  Shown show(WallTime now) override {
    set_time(now);
    Shown shown;
    for (const auto* keys : {&Trace::value_keys(), &Trace::record_keys()})
      for (const std::string& key : *keys)
        if (const auto there = redis_.get(key)) {
          Lying& lying = shown[key] = {there->bytes, there->text, {}};
          if (there->expires) lying.ttl = *there->expires - redis_.time();
        }
    return shown;
  }

 private:
  void in_task(std::function<void()> body) {
    tasks_.spawn(owner_, std::move(body));
    tasks_.run(tasks_.now() + 1min);
  }
  void set_time(WallTime now) {
    redis_.set_clock(now - kBegin - std::chrono::duration_cast<Millis>(tasks_.now()));
  }

  void operate(const Operation& operation) {
    switch (operation.kind) {
      case Kind::plant: {
        const Lying& lying = operation.planted;
        sim::Stored stored{lying.bytes, lying.text, {}};
        if (lying.ttl) stored.expires = redis_.time() + *lying.ttl;
        return redis_.set(operation.keys.front(), std::move(stored));
      }
      case Kind::remove:
        return redis_.del(operation.keys.front());
      case Kind::flush:
        return redis_.flush();
      case Kind::lapse:
        if (auto there = redis_.get(operation.keys.front())) {
          there->expires = redis_.time() - 1ms;
          redis_.set(operation.keys.front(), *std::move(there));
        }
        return;
      case Kind::forget_scripts:
        redis_.scripts_loaded = false;
        return;
      default:
        return;
    }
  }

  sim::Nanos now_{0};
  sim::Chance chance_ = calm_chance();
  sim::Tasks tasks_{chance_, now_};
  sim::Owner owner_;
  sim::History history_{"test"};
  sim::RedisModel redis_{tasks_, chance_, history_, {kBegin, 0}};
  sim::SimClock clock_{tasks_, chance_, {kBegin}};
  sim::StoreFaults faults_;
  bool dead_ = false, proved_ = false;
  sim::SimStore store_{{tasks_, chance_, history_, redis_, clock_, faults_, dead_}, "w1"};
};

}  // namespace

std::unique_ptr<Side> model_side() { return std::make_unique<ModelSide>(); }

}  // namespace prewarm::campaign

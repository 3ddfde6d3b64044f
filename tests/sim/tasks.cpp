// SPDX-License-Identifier: Apache-2.0
#include "sim/tasks.hpp"

#include <ucontext.h>

#include <algorithm>

#include "prewarm/base/check.hpp"

#if defined(__SANITIZE_ADDRESS__)
#define SIM_ASAN
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SIM_ASAN
#endif
#endif
#ifdef SIM_ASAN
#include <sanitizer/common_interface_defs.h>
#endif

namespace prewarm::sim {
namespace {

constexpr std::size_t kStackBytes = 512U << 10;  // touched pages alone cost memory

}  // namespace

struct Tasks::Task {
  ucontext_t context{};
  std::unique_ptr<char[]> stack;
  Owner* owner = nullptr;
  std::function<void()> body;
  Signal* signal = nullptr;  // what it waits for, besides the time
  Nanos until{0};
  bool signalled = false, ended = false;
  void* fake_stack = nullptr;  // the address sanitizer's
};

// Tells the address sanitizer that the stack under our feet changes.
#ifdef SIM_ASAN
#define SIM_LEAVE(from, ends, to_stack, to_size) \
  __sanitizer_start_switch_fiber((ends) ? nullptr : &(from).fake_stack, to_stack, to_size)
#define SIM_ARRIVE(here) __sanitizer_finish_switch_fiber((here).fake_stack, nullptr, nullptr)
#else
#define SIM_LEAVE(from, ends, to_stack, to_size) (void)0
#define SIM_ARRIVE(here) (void)0
#endif

Tasks::Tasks(Chance& chance, Nanos& now) : chance_(chance), now_(now), home_(std::make_unique<Task>()) {}
Tasks::~Tasks() { ENSURE(tasks_.empty()); }

void Tasks::spawn(Owner& owner, std::function<void()> body) {
  auto task = std::make_unique<Task>();
  task->owner = &owner;
  task->body = std::move(body);
  task->until = now_;
  if (spare_stacks_.empty()) {
    task->stack.reset(new char[kStackBytes]);
  } else {
    task->stack = std::move(spare_stacks_.back());
    spare_stacks_.pop_back();
  }
  getcontext(&task->context);
  task->context.uc_stack.ss_sp = task->stack.get();
  task->context.uc_stack.ss_size = kStackBytes;
  task->context.uc_link = nullptr;
  const auto self = reinterpret_cast<std::uintptr_t>(this);
  makecontext(&task->context, reinterpret_cast<void (*)()>(&Tasks::enter), 2,
              static_cast<unsigned>(self >> 32U), static_cast<unsigned>(self));
  tasks_.push_back(std::move(task));
}

void Tasks::enter(unsigned high, unsigned low) {
  auto& self = *reinterpret_cast<Tasks*>((static_cast<std::uintptr_t>(high) << 32U) | low);
  Task& task = *self.current_;
  SIM_ARRIVE(task);
  task.body();
  task.ended = true;
  SIM_LEAVE(task, true, self.home_->context.uc_stack.ss_sp, self.home_->context.uc_stack.ss_size);
  setcontext(&self.home_->context);
}

void Tasks::at(Nanos when, std::function<void()> event) {
  events_.emplace(std::max(when, now_), std::move(event));
}

bool Tasks::wait(Signal* signal, Nanos until) {
  ENSURE(current_ != nullptr);
  Task& task = *current_;
  task.signal = signal;
  task.until = until;
  SIM_LEAVE(task, false, home_->context.uc_stack.ss_sp, home_->context.uc_stack.ss_size);
  swapcontext(&task.context, &home_->context);
  SIM_ARRIVE(task);
  return task.signalled;
}

void Tasks::resume(Task& task) {
  ++turns_;
  task.signalled = task.signal != nullptr && task.signal->take();
  task.signal = nullptr;
  current_ = &task;
  SIM_LEAVE(*home_, false, task.stack.get(), kStackBytes);
  swapcontext(&home_->context, &task.context);
  SIM_ARRIVE(*home_);
  current_ = nullptr;
  if (!task.ended) return;
  spare_stacks_.push_back(std::move(task.stack));
  const auto at = std::ranges::find_if(tasks_, [&](const auto& one) { return one.get() == &task; });
  tasks_.erase(at);
}

bool Tasks::may_go(const Task& task) const noexcept {
  if (task.owner->stopped_until > now_) return false;
  return task.until <= now_ || (task.signal != nullptr && task.signal->is_set());
}

Nanos Tasks::next_time() const noexcept {
  Nanos next = events_.empty() ? kNever : events_.begin()->first;
  for (const auto& task : tasks_) {
    const bool signalled = task->signal != nullptr && task->signal->is_set();
    next = std::min(next, std::max(signalled ? now_ : task->until, task->owner->stopped_until));
  }
  return next;
}

bool Tasks::run_events() {
  bool any = false;
  while (!events_.empty() && events_.begin()->first <= now_) {
    auto event = std::move(events_.extract(events_.begin()).mapped());
    event();
    any = true;
  }
  return any;
}

void Tasks::run(Nanos until) {
  while (true) {
    run_events();
    ready_.clear();
    for (const auto& task : tasks_)
      if (may_go(*task)) ready_.push_back(task.get());
    if (!ready_.empty()) {
      resume(*ready_[chance_.below(ready_.size())]);
      continue;
    }
    const Nanos next = next_time();
    if (next > until) break;
    now_ = next;
  }
  now_ = std::max(now_, until);
}

}  // namespace prewarm::sim

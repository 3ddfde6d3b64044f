// SPDX-License-Identifier: Apache-2.0
// The scheduler of a simulated world: many tasks on one thread, each on a stack of its own, and true time,
// which passes only when every task waits. Whoever waits gives the others a turn; of those that may go on the
// seed picks one. So a whole world replays from its seed.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "sim/chance.hpp"

namespace prewarm::sim {

/// A process: all of its tasks stand still while it is stopped.
struct Owner {
  Nanos stopped_until{0};
};

/// Ends one wait, now or later.
class Signal {
 public:
  void set() noexcept { set_ = true; }
  bool take() noexcept { return std::exchange(set_, false); }
  bool is_set() const noexcept { return set_; }

 private:
  bool set_ = false;
};

class Tasks {
 public:
  static constexpr Nanos kNever = Nanos::max();

  /// `now` shows the time; both outlive it.
  Tasks(Chance& chance, Nanos& now);
  /// All tasks have ended.
  ~Tasks();
  Tasks(const Tasks&) = delete;
  Tasks& operator=(const Tasks&) = delete;

  Nanos now() const noexcept { return now_; }
  /// Owner and whatever `body` refers to outlive it.
  void spawn(Owner& owner, std::function<void()> body);
  /// At that time, between two turns, on no task's stack.
  void at(Nanos when, std::function<void()> event);
  /// In a task: lets so much time pass, and others go first if the seed says so.
  void pause(Nanos time) { wait(nullptr, now_ + time); }
  /// In a task: until the signal is set (true) or `until`.
  bool wait(Signal* signal, Nanos until);
  /// Everything up to `until`; time stands there afterwards.
  void run(Nanos until);
  std::size_t alive() const noexcept { return tasks_.size(); }
  std::uint64_t turns() const noexcept { return turns_; }

 private:
  struct Task;
  static void enter(unsigned high, unsigned low);
  void resume(Task& task);
  bool may_go(const Task& task) const noexcept;
  Nanos next_time() const noexcept;
  bool run_events();

  Chance& chance_;
  Nanos& now_;
  std::vector<std::unique_ptr<Task>> tasks_;
  std::multimap<Nanos, std::function<void()>> events_;
  Task* current_ = nullptr;
  std::vector<Task*> ready_;
  std::unique_ptr<Task> home_;
  std::vector<std::unique_ptr<char[]>> spare_stacks_;
  std::uint64_t turns_ = 0;
};

}  // namespace prewarm::sim

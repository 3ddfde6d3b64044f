// SPDX-License-Identifier: Apache-2.0
#include "prewarm/pipeline/store_watch.hpp"

namespace prewarm::pipeline {
namespace {

// A store that refused a write is well again when it takes one; one that was away, when it answers.
bool ends_with_answer(ErrorKind kind) noexcept {
  return kind != ErrorKind::refused && kind != ErrorKind::store_deadline;
}

}  // namespace

void StoreWatch::listen(store::Store& store) {
  store.observe(
      {[this](const Error& error) { attempt_failed(error); }, [this, &store] { connected(store.target()); }});
}

void StoreWatch::attempt_failed(const Error& error) {
  if (!down_) write_down(error);
}

void StoreWatch::failed(const Error& error) {
  const bool told = down_ && failures_ == 0;  // by its first attempt
  ++failures_;
  if (!told && (failures_ & (failures_ - 1)) == 0) write_down(error);
}

void StoreWatch::write_down(const Error& error) {
  if (!down_) down_since_ = clock_.boot_now();
  down_ = error.kind;
  LogLine line{clock_.wall_now(), Level::error, "store.down", error.message, {}};
  line.fields.push_back({"code", code_text(code_of(error.kind))});
  line.fields.push_back({"reason", std::string(reason_of(error.kind))});
  if (failures_ > 1) line.fields.push_back({"repeated", failures_});
  log_.write(line);
}

void StoreWatch::connected(const std::string& target) {
  log_.write(
      {clock_.wall_now(), Level::debug, "store.connected", "connected to " + target, {{"store", target}}});
}

void StoreWatch::answered() {
  if (down_ && ends_with_answer(*down_)) works();
}

void StoreWatch::works() {
  if (!down_) return;
  down_.reset();
  failures_ = 0;
  const auto down = std::chrono::duration_cast<std::chrono::seconds>(clock_.boot_now() - down_since_);
  LogLine line{clock_.wall_now(), Level::info, "store.up", "the store answers again", {}};
  line.fields.push_back({"down_s", static_cast<std::int64_t>(down.count())});
  log_.write(line);
}

}  // namespace prewarm::pipeline

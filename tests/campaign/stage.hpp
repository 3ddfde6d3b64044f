// SPDX-License-Identifier: Apache-2.0
// A schedule over a store, its upstream and its sink, where one run comes to harm; and what must hold after
// it, however it ended. Owned by one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "campaign/shelf.hpp"
#include "cli/world.hpp"

namespace prewarm::campaign {

/// What the run that comes to harm does: the first value or another one, or the same once more (by a 304); of
/// one key or of 64; with an upstream behind TLS.
enum class Scene : std::uint8_t { first, replace, renew, fan_first, fan_replace, tls };

class Stage {
 public:
  Stage(std::unique_ptr<ShelfKeeper> keeper, Scene scene);
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  /// Up to where the run begins that is to be harmed.
  Findings prepare();
  /// That run. Its pings are told from those of all others.
  testkit::ChildCommand command();
  /// After it: I1, I3, I6, the ledger and the store; then the next run, which must do well.
  Findings judge();

  bool all_new() const noexcept { return all_new_; }  // of the run that was judged last, at each key
  bool told() const noexcept { return told_; }        // it told success
  int new_left() const noexcept { return new_left_; }
  int told_count() const noexcept { return told_count_; }

 private:
  bool fan() const { return scene_ == Scene::fan_first || scene_ == Scene::fan_replace; }
  testkit::Upstream& upstream() { return secure_ ? *secure_ : world_.upstream; }
  void make_secure();
  void write_schedule();
  void write_fan_schedule();
  std::string payload(int edition) const;
  void program_upstream();
  Findings succeed(const std::string& which);
  bool look_at_key(const Shelf& after, const std::string& key, Findings& found) const;
  std::string struck_path() const { return "/struck" + std::to_string(strikes_); }

  std::unique_ptr<ShelfKeeper> keeper_;
  Scene scene_;
  test::World world_;
  std::unique_ptr<testkit::Upstream> secure_;
  std::vector<std::string> keys_;
  int edition_ = 0;
  Shelf before_;
  bool all_new_ = false, told_ = false;
  int strikes_ = 0, new_left_ = 0, told_count_ = 0;
};

}  // namespace prewarm::campaign

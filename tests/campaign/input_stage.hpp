// SPDX-License-Identifier: Apache-2.0
// One bad input on stage: a folder with its schedule, a real Redis that holds a good old value, an upstream
// that says what the input wants, a heartbeat sink, secrets to look for; the built program runs there. Owned
// by one thread, which must not be the only user of the Redis, but is of its database.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "campaign/input_case.hpp"
#include "campaign/store_relay.hpp"
#include "cli/world.hpp"
#include "support/certificates.hpp"
#include "support/name_server.hpp"

namespace prewarm::campaign {

constexpr const char* kKey = "news:production:v1";
/// In the name of every secret that is set: of a header, of the ping's path, of the store's password.
constexpr const char* kCanary = "canary-5bd1";
constexpr const char* kStorePassword = "store-canary-5bd1";

class InputStage {
 public:
  InputStage(const BadInput& one, const testkit::RedisServer& redis, int database);

  /// The program with these words, through the directory's inside.sh and run.sh if it has them.
  testkit::Finished run(const std::vector<std::string>& words) const;
  std::vector<std::vector<std::string>> commands(bool configuration) const;

  const std::string& old() const { return old_; }  // empty: there was none
  std::optional<std::string> value() const { return redis_.value(kKey, database_); }
  std::int64_t ttl_ms() const { return redis_.ttl_ms(kKey, database_); }
  const Names& names() const { return names_; }
  std::vector<testkit::UpstreamRequest> requests() const { return upstream_->requests(); }
  std::size_t connections() const { return upstream_->accepted(); }
  /// Queries for each of the case's names, the one that was asked least.
  std::size_t least_asked() const;
  const test::World& world() const { return world_; }
  bool store_was_twisted() const { return !relay_ || relay_->twisted() > 0; }
  /// Which pings arrived: "start", "success", "fail".
  std::vector<std::string> pings() const;

 private:
  void make_upstream();
  void make_name_server();
  std::string inside_script() const;
  testkit::Answer answer() const;
  void make_files();
  std::string schedule() const;
  void make_old_value();
  void make_store();
  Twist twist(const nlohmann::json& store) const;
  void make_environment();
  void command(const nlohmann::json& words) const;

  const BadInput& input_;
  const testkit::RedisServer& redis_;
  const int database_;
  test::World world_;
  std::unique_ptr<testkit::CertificateAuthority> authority_, stranger_;
  std::unique_ptr<testkit::Upstream> upstream_;
  std::unique_ptr<StoreRelay> relay_;
  std::unique_ptr<testkit::NameServer> name_server_;
  Names names_;
  std::string old_;
};

}  // namespace prewarm::campaign

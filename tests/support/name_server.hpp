// SPDX-License-Identifier: Apache-2.0
// A name server that says what a test wants, over UDP: addresses, none, another one each time, or nothing at
// all. It listens on a loopback address of its own, because resolv.conf names an address and no port; port 53
// takes root. Names that it was not told of do not exist. One thread serves it. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace prewarm::testkit {

class NameServer {
 public:
  using Addresses = std::vector<std::string>;  // IPv4 and IPv6 as text

  /// On `port` of the first address of 127.53.0.0/24 that is free; 0: any port. Throws std::runtime_error.
  explicit NameServer(std::uint16_t port = 53);
  ~NameServer();
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;

  const std::string& address() const noexcept;
  std::uint16_t port() const noexcept;

  /// What the first query for the name is told, the second, and so on; the last from then on. Queries of IPv4
  /// and IPv6 are counted apart. Without addresses the name exists and has none.
  void answer(const std::string& name, std::vector<Addresses> in_turn);
  /// Queries for the name are not answered.
  void ignore(const std::string& name);
  /// Queries for an IPv4 address of the name, also of one that does not exist.
  std::size_t asked(const std::string& name) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace prewarm::testkit

// SPDX-License-Identifier: Apache-2.0
// Asks the address rules about the peer of every transfer, also on a connection that is used again (PROMISES
// 14): it may have been opened for a host of another spelling. What passed last passes again without being
// read, because a fan-out asks the same peer thousands of times. Owned by the fetcher's thread.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "http/address_rules.hpp"

namespace prewarm::http {

class PeerCheck {
 public:
  /// `allow_net` outlives the check and does not change.
  explicit PeerCheck(const std::vector<AddressRange>& allow_net) : allow_net_(allow_net) {}

  bool passes(const Address& peer, HostKind kind) const noexcept {
    return may_connect(peer, kind, allow_net_);
  }
  /// An address as text; what is none does not pass.
  bool passes(std::string_view peer, HostKind kind);

 private:
  const std::vector<AddressRange>& allow_net_;
  std::array<std::string, 2> passed_;  // by kind: the last text that passed
};

}  // namespace prewarm::http

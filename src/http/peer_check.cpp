// SPDX-License-Identifier: Apache-2.0
#include "http/peer_check.hpp"

namespace prewarm::http {

bool PeerCheck::passes(std::string_view peer, HostKind kind) {
  std::string& passed = passed_.at(static_cast<std::size_t>(kind));
  if (!peer.empty() && passed == peer) return true;
  const auto address = parse_address(peer);
  if (!address || !passes(*address, kind)) return false;
  passed = peer;
  return true;
}

}  // namespace prewarm::http

// SPDX-License-Identifier: Apache-2.0
#include "store/redis_look.hpp"

#include <algorithm>

#include "store/redis_window.hpp"

namespace prewarm::store {
namespace {

using run::Found;

// A key that is absent and one that is empty read alike, and mean alike.
Result<Found> read_front(Reply&& front, const Look& look, const Login& login) {
  Found found;
  if (front.is_error()) {
    if (!is_wrong_type(front.text)) return server_error(front.text, {"GETRANGE", look.key}, login);
    found.kind = Found::Kind::other_type;
    return found;
  }
  if (!front.is_text()) return wrong_shape("GETRANGE", login);
  if (front.text.empty()) return found;
  found.kind = Found::Kind::text;
  found.bytes = std::move(front.text);
  found.bytes.resize(std::min(found.bytes.size(), look.cap));
  found.length = found.bytes.size();
  return found;
}

}  // namespace

Result<std::vector<Found>> look_at(Link& link, const Login& login, std::span<const Look> keys,
                                   BootTime deadline) {
  Request request;
  for (const Look& look : keys) {
    // GETRANGE has no way to ask for nothing.
    const std::string last = std::to_string(look.cap == 0 ? 0 : look.cap - 1);
    request.add({"GETRANGE", look.key, "0", last}, {look.cap + 1});
    if (!look.facts) continue;
    request.add({"STRLEN", look.key});
    request.add({"PTTL", look.key});
  }
  Exchange exchange = link.exchange(request, deadline);
  if (exchange.fault) return *std::move(exchange.fault);
  std::vector<Found> all;
  all.reserve(keys.size());
  auto reply = exchange.replies.begin();
  for (const Look& look : keys) {
    if (look.facts) {
      const auto next = reply + 3;
      std::vector<Reply> parts(std::make_move_iterator(reply), std::make_move_iterator(next));
      TRY_ASSIGN(all.emplace_back(), read_parts(std::move(parts), {look.key, look.cap, true}, login));
      reply = next;
    } else {
      TRY_ASSIGN(all.emplace_back(), read_front(std::move(*reply++), look, login));
    }
  }
  return all;
}

Result<std::vector<std::optional<std::string>>> get_many(Link& link, const Login& login,
                                                         std::span<const std::string> keys,
                                                         BootTime deadline) {
  const std::string last = std::to_string(kMaxRecordBytes - 1);
  Request request;
  for (const std::string& key : keys) request.add({"GETRANGE", key, "0", last}, {kMaxRecordBytes});
  Exchange exchange = link.exchange(request, deadline);
  if (exchange.fault) return *std::move(exchange.fault);
  std::vector<std::optional<std::string>> records(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    Reply& reply = exchange.replies[i];
    // A record that cannot be read counts as lost.
    if (reply.is_error() && is_wrong_type(reply.text)) continue;
    if (reply.is_error()) return server_error(reply.text, {"GETRANGE", keys[i]}, login);
    if (!reply.is_text()) return wrong_shape("GETRANGE", login);
    if (!reply.text.empty()) records[i] = std::move(reply.text);
  }
  return records;
}

Result<void> put_many(Link& link, const Login& login, const Records& records, BootTime deadline) {
  Request request;
  const std::string ttl = std::to_string(records.ttl.count());
  for (const Record& record : records.all) request.add({"SET", record.key, record.text, "PX", ttl});
  const Exchange exchange = link.exchange(request, deadline);
  if (exchange.fault) return *exchange.fault;
  for (std::size_t i = 0; i < records.all.size(); ++i) {
    const Reply& reply = exchange.replies[i];
    if (reply.is_error()) return server_error(reply.text, {"SET", records.all[i].key}, login);
    if (reply.kind != Reply::Kind::status) return wrong_shape("SET", login);
  }
  return {};
}

}  // namespace prewarm::store

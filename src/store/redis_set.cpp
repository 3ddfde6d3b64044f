// SPDX-License-Identifier: Apache-2.0
#include "store/redis_set.hpp"

#include "store/redis_login.hpp"

namespace prewarm::store {
namespace {

constexpr std::string_view kCount = "1000";       // of SSCAN, a hint
constexpr std::size_t kMostReplyBytes = 4 << 20;  // 16,384 ids of 200 bytes, or 1,000 members of 4 KiB
constexpr const char* kWantedIds = "members are ids of 1 to 200 bytes";

Error no_ids(std::string message, std::string remedy) {
  return {ErrorKind::id_source, std::move(message), std::move(remedy)};
}

Result<void> add(const Reply& member, const SetAsked& asked, IdList& ids) {
  switch (ids.add(member.text)) {
    case IdList::Added::yes:
    case IdList::Added::repeated:  // SSCAN may name a member twice
      return {};
    case IdList::Added::bad_length:
      return no_ids(
          "the set " + asked.key + " has a member of " + std::to_string(member.text.size()) + " bytes",
          std::string(kWantedIds) + "; take this one out (SREM)");
    case IdList::Added::too_many:
      break;
  }
  return no_ids("the set " + asked.key + " has more than " + std::to_string(kMaxIds) + " members",
                "split it, and give each part a schedule of its own");
}

// The cursor to go on with; "0" at the end.
Result<std::string> read_window(Reply&& reply, const Login& login, const SetAsked& asked, IdList& ids) {
  if (reply.is_error() && is_wrong_type(reply.text))
    return no_ids("what is at " + asked.key + " is no set", "name a key that holds a set of ids (SADD)");
  if (reply.is_error()) return server_error(reply.text, {"SSCAN", asked.key}, login);
  if (reply.kind != Reply::Kind::array || reply.elements.size() != 2) return wrong_shape("SSCAN", login);
  Reply &cursor = reply.elements[0], &members = reply.elements[1];
  if (!cursor.is_text() || cursor.text.empty() || members.kind != Reply::Kind::array)
    return wrong_shape("SSCAN", login);
  for (const Reply& member : members.elements) {
    if (!member.is_text()) return wrong_shape("SSCAN", login);
    TRY(add(member, asked, ids));
  }
  return std::move(cursor.text);
}

Error too_much_at_once(const SetAsked& asked) {
  return no_ids("the set " + asked.key + " is answered with more at once than is taken: over " +
                    std::to_string(kMaxMembersAtOnce) + " members or " +
                    std::to_string(kMostReplyBytes >> 20U) + " MiB",
                std::string(kWantedIds) +
                    "; set the server's set-max-intset-entries and "
                    "set-max-listpack-entries to at most " +
                    std::to_string(kMaxMembersAtOnce));
}

}  // namespace

Result<void> scan_set(Link& link, const Login& login, const SetAsked& asked, IdList& ids) {
  std::string cursor = "0";
  Request request;
  do {
    request.clear();
    request.add({"SSCAN", asked.key, cursor, "COUNT", kCount},
                {kMostReplyBytes, false, 2 + kMaxMembersAtOnce});
    Exchange exchange = link.exchange(request, asked.deadline);
    if (exchange.fault && link.over_limit()) return too_much_at_once(asked);
    if (exchange.fault) return *std::move(exchange.fault);
    TRY_ASSIGN(cursor, read_window(std::move(exchange.replies[0]), login, asked, ids));
  } while (cursor != "0");
  return {};
}

}  // namespace prewarm::store

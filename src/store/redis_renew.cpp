// SPDX-License-Identifier: Apache-2.0
#include "store/redis_renew.hpp"

#include "store/redis_login.hpp"

namespace prewarm::store {
namespace {

using run::ReadBack;
using run::Renewal;

constexpr std::size_t kRenewedBytes = 256;  // an error text of 200

void add_renewals(const RenewalWindow& window, Request& request) {
  for (const Renewal& renewal : window.renewals) request.word(renewal.key);
  request.number(window.max_age.count());
  for (const Renewal& renewal : window.renewals) {
    request.word(renewal.old_head);
    request.number(static_cast<std::int64_t>(renewal.old_length));
    request.word(renewal.new_head);
    request.number(renewal.ttl.count());
    request.number(renewal.instant.time_since_epoch().count());
  }
}

void add_gets(const RenewalWindow& window, Request& request) {
  for (const Renewal& renewal : window.renewals)
    if (!renewal.new_head.empty())
      request.add({"GET", renewal.key}, {.bytes = renewal.old_length + kReadBackSpare, .cut = true});
}

}  // namespace

Result<void> renew_by_script(Link& link, const Login& login, const RenewalWindow& window) {
  const std::size_t keys = window.renewals.size();
  const bool alone = keys == 1;
  const ScriptAsk ask{renew_script(),
                      keys,
                      1 + 6 * keys,
                      {256 + kRenewedBytes * keys},
                      [&](Request& request) { add_renewals(window, request); },
                      [&](Request& request) { add_gets(window, request); },
                      alone ? std::string_view(window.renewals.front().key) : std::string_view(),
                      window.deadline};
  TRY_ASSIGN(Exchange exchange, call_script(link, login, ask, ScriptCall::by_hash));
  if (exchange.fault) return *std::move(exchange.fault);
  const Reply& script = exchange.replies.front();
  if (script.kind != Reply::Kind::array || script.elements.size() != keys)
    return wrong_shape("EVALSHA", login);
  for (std::size_t i = 0, at = 1; i < keys; ++i) {
    ReadBack& answer = window.answers[i];
    if (!read_answer(script.elements[i], login, answer)) return wrong_shape("EVALSHA", login);
    if (window.renewals[i].new_head.empty()) continue;
    TRY_ASSIGN(answer.found, read_value(std::move(exchange.replies[at++]), window.renewals[i].key, login));
  }
  return {};
}

}  // namespace prewarm::store

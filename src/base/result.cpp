// SPDX-License-Identifier: Apache-2.0
#include "prewarm/base/result.hpp"

#include <array>

namespace prewarm {
namespace {

struct Row {
  ErrorKind kind;
  int code;
  std::string_view reason;
};

// SURFACE 6 (codes) and 7 (reasons). Codes are never reused.
constexpr auto kRows = std::to_array<Row>({
    {ErrorKind::invalid, 0, "invalid"},
    {ErrorKind::dns, 501, "dns"},
    {ErrorKind::connect, 502, "connect"},
    {ErrorKind::tls, 503, "tls"},
    {ErrorKind::timeout, 504, "timeout"},
    {ErrorKind::address, 505, "address"},
    {ErrorKind::too_large, 520, "too_large"},
    {ErrorKind::broken, 521, "broken"},
    {ErrorKind::no_body, 522, "broken"},
    {ErrorKind::body, 523, "body"},
    {ErrorKind::http_5xx, 530, "http_5xx"},
    {ErrorKind::http_4xx, 531, "http_4xx"},
    {ErrorKind::auth, 532, "auth"},
    {ErrorKind::rate_limited, 533, "rate_limited"},
    {ErrorKind::http_3xx, 534, "http_3xx"},
    {ErrorKind::status, 535, "status"},
    {ErrorKind::parse, 601, "parse"},
    {ErrorKind::id_source, 524, "ids"},
    {ErrorKind::no_ids_back, 525, "ids"},
    {ErrorKind::deadline, 644, "deadline"},
    {ErrorKind::store_deadline, 644, "deadline"},
    {ErrorKind::shape, 603, "shape"},
    {ErrorKind::key, 605, "key"},
    {ErrorKind::key_twice, 606, "key"},
    {ErrorKind::record_id, 607, "key"},
    {ErrorKind::guard, 610, "guard"},
    {ErrorKind::ids_missing, 620, "ids_missing"},
    {ErrorKind::unreachable, 701, "unreachable"},
    {ErrorKind::store_auth, 702, "store_auth"},
    {ErrorKind::refused, 703, "refused"},
    {ErrorKind::no_answer, 704, "no_answer"},
    {ErrorKind::not_primary, 705, "not_primary"},
    {ErrorKind::protocol, 706, "protocol"},
    {ErrorKind::differs, 730, "differs"},
    {ErrorKind::vanished, 731, "vanished"},
    {ErrorKind::later_write, 710, "later_write"},
    {ErrorKind::newer_version, 711, "newer_version"},
    {ErrorKind::overlap, 641, "overlap"},
    {ErrorKind::missed, 642, "missed"},
    {ErrorKind::shutdown, 643, "shutdown"},
    {ErrorKind::ledger_newer, 740, "ledger_newer"},
});

const Row& row_of(ErrorKind kind) noexcept {
  for (const Row& row : kRows)
    if (row.kind == kind) return row;
  check_failed("every ErrorKind has a row", __FILE__, __LINE__);
}

}  // namespace

int code_of(ErrorKind kind) noexcept { return row_of(kind).code; }
std::string_view reason_of(ErrorKind kind) noexcept { return row_of(kind).reason; }
std::string code_text(int code) { return "PW" + std::to_string(code); }

}  // namespace prewarm

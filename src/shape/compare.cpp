// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <charconv>
#include <cmath>

#include "prewarm/base/json_walk.hpp"
#include "prewarm/base/planted.hpp"
#include "prewarm/base/units.hpp"
#include "shape/find.hpp"
#include "shape/guard.hpp"
#include "shape/mould.hpp"

namespace prewarm::shape {
namespace {

using schedule::GuardSpec;

// The share 0.7 of 10 is 7, though 10 * (1 - 0.3) is a little less or more in binary: a share this close to a
// whole number is that number.
constexpr double kSlack = 1e-12;

// Whether an empty value may replace one that is not: said by minItems 0 or maxShrink 1.
bool empty_allowed(const GuardSpec& guard) noexcept {
  return guard.min_items == 0U || (guard.max_shrink && *guard.max_shrink >= 1);
}

std::string share_text(double share) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), share).ptr;
  return {buffer.data(), end};
}

// Counted in items if both are arrays, else in bytes.
struct Sizes {
  bool items;
  std::size_t fresh, stored;

  std::string text(std::size_t count) const { return items ? items_text(count) : size_text(count); }
  Error error(std::string_view field, double share, const std::string& limit) const {
    return refused(field, share_text(share),
                   text(fresh) + " came, " + text(stored) + " stored, " + limit + " wanted");
  }
};

Result<void> compare_shrink(double share, const Sizes& sizes) {
  const double least = std::ceil(static_cast<double>(sizes.stored) * (1 - share) * (1 - kSlack));
  if (static_cast<double>(sizes.fresh) + (planted(Plant::shrink_off_by_one) ? 1 : 0) >= least) return {};
  return sizes.error("guard.maxShrink", share, "at least " + sizes.text(static_cast<std::size_t>(least)));
}

Result<void> compare_grow(double share, const Sizes& sizes) {
  const double most = std::floor(static_cast<double>(sizes.stored) * (1 + share) * (1 + kSlack));
  if (static_cast<double>(sizes.fresh) <= most) return {};
  return sizes.error("guard.maxGrow", share, "at most " + sizes.text(static_cast<std::size_t>(most)));
}

}  // namespace

StoredFacts stored_facts(std::string_view payload, const schedule::ShapeSpec& shape) {
  std::string_view value = trim_json(payload);
  if (!shape.as.empty() && value.starts_with('{')) {
    JsonWalk walk(value, 0);
    if (walk.next() && walk.named(shape.as)) value = json_value(value, walk.value_at());
  }
  StoredFacts facts;
  facts.bytes = value.size();
  if (value.starts_with('[')) facts.items = json_items(value);
  facts.empty = is_empty(value) || value == "null";  // nothing that an empty answer could lose
  return facts;
}

bool compares(const GuardSpec& guard, const Shaped& fresh) noexcept {
  return (guard.max_shrink && *guard.max_shrink < 1) || guard.max_grow ||
         (fresh.empty && !empty_allowed(guard));
}

Result<void> compare(const GuardSpec& guard, const Shaped& fresh, const StoredFacts& stored) {
  const bool both = fresh.items && stored.items;
  const Sizes sizes =
      both ? Sizes{true, *fresh.items, *stored.items} : Sizes{false, fresh.value_bytes, stored.bytes};
  if (fresh.empty && !stored.empty && !empty_allowed(guard) && !planted(Plant::empty_accepted))
    return Error{ErrorKind::guard,
                 "an empty value does not replace one that is not: " + sizes.text(sizes.fresh) + " came, " +
                     sizes.text(sizes.stored) + " stored",
                 "if empty is right, say \"guard\": {\"minItems\": 0}"};
  if (guard.max_shrink) TRY(compare_shrink(*guard.max_shrink, sizes));
  // Nothing can be a multiple of an empty value; refusing all that is not empty would keep it for ever.
  if (guard.max_grow && !stored.empty && !planted(Plant::no_growth_guard))
    TRY(compare_grow(*guard.max_grow, sizes));
  return {};
}

}  // namespace prewarm::shape

// SPDX-License-Identifier: Apache-2.0
// Is a body one sound JSON text? simdjson says yes at memory speed; what it does not take, our scanner
// judges, since simdjson refuses numbers beyond its types and half surrogate escapes by the same errors as
// real faults (PROMISES 11.D). What simdjson takes, the scanner takes too; a test holds on to that. Keeps
// simdjson's memory between bodies until `rest`. Owned by one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "prewarm/base/json.hpp"
#include "prewarm/base/result.hpp"
#include "prewarm/run/run.hpp"

namespace prewarm::shape {

class BodyCheck {
 public:
  BodyCheck();
  ~BodyCheck();
  BodyCheck(const BodyCheck&) = delete;
  BodyCheck& operator=(const BodyCheck&) = delete;

  /// Nothing when `bytes` is sound. Spare capacity of kJsonPadding behind the end makes it faster.
  std::optional<JsonFault> fault(const std::string& bytes);
  /// Whether simdjson takes `bytes`; false also where it is not asked.
  bool taken_by_simdjson(const std::string& bytes);
  /// simdjson's index of the last text, if it took that and tells: where the structural characters are, and
  /// texts and other scalars begin. Valid until the next call.
  std::span<const std::uint32_t> marks() const noexcept;
  /// Gives simdjson's memory back if it is large: for when no further body is on its way.
  void rest();

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

/// PW601: what was found and where, and the content type where it may explain it.
Error not_json(const run::Body& body, const JsonFault& fault);

}  // namespace prewarm::shape

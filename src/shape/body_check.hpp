// SPDX-License-Identifier: Apache-2.0
// Is a body one sound JSON text? simdjson finds UTF-8 and structure at memory speed, and what it found is
// read by our grammar (json_index.hpp); what does not pass there, our scanner judges, and says where the
// fault is. Both take the same; a test holds on to that. Keeps its memory between bodies until `rest`. Owned
// by one thread.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "prewarm/base/json.hpp"
#include "prewarm/base/json_index.hpp"
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
  /// Whether simdjson's index shows `bytes` to be sound; false also where it is not asked.
  bool taken_by_simdjson(const std::string& bytes);
  /// The arrays and objects of the last text in the order in which they begin, if it was taken by simdjson's
  /// index. Valid until the next call.
  std::span<const JsonBracket> brackets() const noexcept;
  /// Gives memory back if it is large: for when no further body is on its way.
  void rest();

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

/// PW601: what was found and where, and the content type where it may explain it.
Error not_json(const run::Body& body, const JsonFault& fault);

}  // namespace prewarm::shape

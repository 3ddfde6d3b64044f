// SPDX-License-Identifier: Apache-2.0
// What a call that can fail returns: a value or an Error of a closed kind. For what *happens* (a timeout, a
// 503, a refused write); what the operator got wrong is a schedule::Finding, what we got wrong is an ENSURE.
// Each kind has one code and one reason word of SURFACE 6 and 7; the table is in result.cpp.
// Pure. Thread-safe: values only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "prewarm/base/check.hpp"

namespace prewarm {

enum class ErrorKind : std::uint8_t {
  invalid,  // text that does not parse (units, cron, instants, envelopes); carries no PW code of its own
  // fetch (upstream_failed)
  dns,
  connect,
  tls,
  timeout,
  address,
  too_large,
  broken,
  no_body,
  body,
  http_5xx,
  http_4xx,
  auth,
  rate_limited,
  http_3xx,
  status,
  parse,
  id_source,    // the ids of a fan-out could not be read, or there are none
  no_ids_back,  // not one id came back
  deadline,
  // shape and guard (rejected)
  shape,
  key,
  key_twice,
  record_id,  // a record without its id
  guard,
  ids_missing,  // fewer ids came back than the floor asks for
  // store (store_failed)
  unreachable,
  store_auth,
  refused,
  no_answer,
  not_primary,
  protocol,
  store_deadline,  // was not asked before the run's deadline, or found the write too old
  // verdicts
  differs,
  vanished,
  later_write,
  newer_version,
  // runs that did not run
  overlap,
  missed,
  shutdown,
  ledger_newer,
};

/// The number of the PW code, e.g. 530 for http_5xx; 0 for `invalid`.
int code_of(ErrorKind kind) noexcept;
/// The reason word of run records and metrics, e.g. "http_5xx".
std::string_view reason_of(ErrorKind kind) noexcept;
/// "PW530".
std::string code_text(int code);

/// What went wrong: `message` names what was attempted on what and holds no secret, query or upstream text.
struct Error {
  ErrorKind kind = ErrorKind::invalid;
  std::string message;
  std::string remedy{};    // the cure, without "do:"; may be empty
  bool retryable = false;  // the same call may succeed later
};

template <class T>
class [[nodiscard]] Result {
 public:
  // Both implicit, so that a function returns its value or its error as it is.
  // NOLINTBEGIN(google-explicit-constructor)
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
  // NOLINTEND(google-explicit-constructor)

  bool ok() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }
  T& value() & {
    ENSURE(ok());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    ENSURE(ok());
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    ENSURE(ok());
    return std::move(*std::get_if<0>(&state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  const Error& error() const& {
    ENSURE(!ok());
    return *std::get_if<1>(&state_);
  }
  Error&& error() && {
    ENSURE(!ok());
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)), failed_(true) {}  // NOLINT(google-explicit-constructor)
  bool ok() const noexcept { return !failed_; }
  explicit operator bool() const noexcept { return ok(); }
  const Error& error() const& {
    ENSURE(failed_);
    return error_;
  }
  Error&& error() && {
    ENSURE(failed_);
    return std::move(error_);
  }

 private:
  Error error_;
  bool failed_ = false;
};

// Returns the error of `expression` from the enclosing function, else goes on: TRY(store.probe());
#define TRY(expression)                                                                         \
  do {                                                                                          \
    if (auto try_result = (expression); !try_result.ok()) return std::move(try_result).error(); \
  } while (false)
// The same, and binds the value: TRY_ASSIGN(const auto body, fetch(request));
// NOLINTBEGIN(bugprone-macro-parentheses): a declaration cannot stand in parentheses.
#define TRY_ASSIGN(declaration, expression) TRY_ASSIGN_AT(declaration, expression, __LINE__)
#define TRY_ASSIGN_AT(declaration, expression, line) TRY_ASSIGN_AS(declaration, expression, line)
#define TRY_ASSIGN_AS(declaration, expression, line)                        \
  auto try_result_##line = (expression);                                    \
  if (!try_result_##line.ok()) return std::move(try_result_##line).error(); \
  declaration = std::move(try_result_##line).value()
// NOLINTEND(bugprone-macro-parentheses)

}  // namespace prewarm

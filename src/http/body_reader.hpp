// SPDX-License-Identifier: Apache-2.0
// The body of one answer: decoded, counted after decoding, never beyond its limit (PROMISES 11.C18, C23).
// Grows geometrically and keeps kJsonPadding bytes spare behind its end, so that nobody copies it again.
// Owned by one transfer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/gzip_decoder.hpp"
#include "http/response_head.hpp"

namespace prewarm::http {

class BodyReader {
 public:
  enum class Fault : std::uint8_t { none, too_large, broken_coding };

  explicit BodyReader(Bytes max) : max_(max.count) {}

  /// `length`: of the coded body, if declared. False: it cannot fit, whatever comes.
  bool begin(Coding coding, std::optional<std::uint64_t> length);
  /// Bytes as they came. False: see `fault`.
  bool feed(std::string_view coded);
  /// The wire has ended soundly. False: the coding had not, see `fault`.
  bool end() noexcept;

  Fault fault() const noexcept { return fault_; }
  bool coded() const noexcept { return decoder_.has_value(); }
  /// Bytes off the wire so far.
  std::uint64_t received() const noexcept { return received_; }
  std::string take() { return std::move(bytes_); }

 private:
  bool append(std::string_view piece);
  void make_room(std::size_t size);
  bool fail(Fault fault) noexcept;

  std::uint64_t max_;
  std::string bytes_;
  std::optional<GzipDecoder> decoder_;
  std::uint64_t received_ = 0;
  Fault fault_ = Fault::none;
};

}  // namespace prewarm::http

// SPDX-License-Identifier: Apache-2.0
// The head of an answer, fed line by line as it arrives: status, the few fields that somebody reads, and how
// the body is framed and coded. Refuses what libcurl 7.88 lets pass and what an attacker lives on: two
// lengths, a length beside chunks, heads without end (PROMISES 11.C, 15). Interim answers (1xx) are read
// over, trailers only counted. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "prewarm/http/fetcher.hpp"

namespace prewarm::http {

inline constexpr std::size_t kMaxHeadBytes = 64U << 10;  // DESIGN 5; with interim answers and trailers
inline constexpr std::size_t kMaxHeadLines = 100;        // real APIs send 10 to 40

enum class Coding : std::uint8_t { identity, gzip };

class ResponseHead {
 public:
  /// One line with its line end, as it came. False: the answer is refused and `fault` says why.
  bool add(std::string_view line);

  /// The final head is whole.
  bool complete() const noexcept { return part_ == Part::trailers; }
  /// A line arrived.
  bool begun() const noexcept { return lines_ > 0; }
  int status() const noexcept { return status_; }
  /// 200 and 203 carry what was asked for; every other status says all in itself.
  bool body_wanted() const noexcept { return status_ == 200 || status_ == 203; }
  std::optional<std::uint64_t> content_length() const noexcept { return length_; }
  /// The end of the body is told apart from the end of the connection.
  bool length_known() const noexcept { return framed_ || chunked_ || length_.has_value(); }
  Coding coding() const noexcept { return coding_; }
  const ResponseHeaders& headers() const noexcept { return headers_; }
  ResponseHeaders take_headers() noexcept { return std::move(headers_); }
  /// What is wrong, behind "the answer has "; nothing from the network. Empty while all is well.
  std::string_view fault() const noexcept { return fault_; }

 private:
  enum class Part : std::uint8_t { status, fields, trailers };
  bool status_line(std::string_view line);
  bool field(std::string_view line);
  bool folded(std::string_view line);
  void add_link(std::string_view between, std::string_view text);
  bool end_of_head();
  void length(std::string_view value) noexcept;
  void transfer_coding(std::string_view value) noexcept;
  void content_coding(std::string_view value) noexcept;
  bool refuse(std::string_view fault) noexcept;

  Part part_ = Part::status;
  int status_ = 0;
  std::size_t bytes_ = 0, lines_ = 0;
  std::optional<std::uint64_t> length_;
  int transfer_codings_ = 0;
  bool chunked_ = false, framed_ = false;
  bool in_link_ = false;  // the field of the last line
  Coding coding_ = Coding::identity;
  ResponseHeaders headers_;
  std::string_view fault_, body_fault_;  // the second counts only if the body is wanted
};

}  // namespace prewarm::http

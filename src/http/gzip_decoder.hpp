// SPDX-License-Identifier: Apache-2.0
// gzip (RFC 1952) to bytes, piece by piece. Ours and not libcurl's, because libcurl reports a stream that was
// cut short as success: here its end, checksum and length must have been seen. Owned by one transfer.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace prewarm::http {

class GzipDecoder {
 public:
  GzipDecoder();
  /// Takes decoded bytes; false stops.
  using Sink = std::function<bool(std::string_view)>;
  enum class Feed : std::uint8_t { more, stopped, broken };
  Feed feed(std::string_view coded, const Sink& sink);
  /// Every member that began was read to its end.
  bool whole() const noexcept { return whole_; }

 private:
  struct End {
    void operator()(z_stream* stream) const noexcept;
  };
  std::unique_ptr<z_stream, End> stream_;
  bool whole_ = true;
};

}  // namespace prewarm::http

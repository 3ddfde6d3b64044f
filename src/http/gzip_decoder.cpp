// SPDX-License-Identifier: Apache-2.0
#include "http/gzip_decoder.hpp"

#include <array>

#include "prewarm/base/give_up.hpp"

namespace prewarm::http {
namespace {
constexpr int kGzipOnly = 15 + 16;  // zlib: largest window, gzip wrapper required
}

void GzipDecoder::End::operator()(z_stream* stream) const noexcept {
  inflateEnd(stream);
  delete stream;
}

GzipDecoder::GzipDecoder() : stream_(new z_stream{}) {
  need_memory(inflateInit2(stream_.get(), kGzipOnly) == Z_OK);
}

GzipDecoder::Feed GzipDecoder::feed(std::string_view coded, const Sink& sink) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): written by zlib before anybody reads it
  std::array<char, 16384> piece;
  stream_->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(coded.data()));
  stream_->avail_in = static_cast<uInt>(coded.size());
  bool full = false;
  while (stream_->avail_in > 0 || full) {
    if (whole_) inflateReset(stream_.get());  // a further member (RFC 1952 2.2)
    whole_ = false;
    stream_->next_out = reinterpret_cast<Bytef*>(piece.data());
    stream_->avail_out = static_cast<uInt>(piece.size());
    const int status = inflate(stream_.get(), Z_NO_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) return Feed::broken;
    const std::size_t made = piece.size() - stream_->avail_out;
    if (made > 0 && !sink({piece.data(), made})) return Feed::stopped;
    whole_ = status == Z_STREAM_END;
    full = stream_->avail_out == 0 && !whole_;
  }
  return Feed::more;
}

}  // namespace prewarm::http

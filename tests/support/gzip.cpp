// SPDX-License-Identifier: Apache-2.0
#include "support/gzip.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace prewarm::testkit {
namespace {

class Packer {
 public:
  Packer() {
    constexpr int kGzipFormat = 16;  // added to the window bits: a gzip head instead of zlib's
    if (deflateInit2(&stream_, Z_BEST_COMPRESSION, Z_DEFLATED, MAX_WBITS + kGzipFormat, MAX_MEM_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::runtime_error("deflateInit2");
  }
  Packer(const Packer&) = delete;
  Packer& operator=(const Packer&) = delete;
  ~Packer() { deflateEnd(&stream_); }

  void add(std::string_view plain, int flush) {
    // zlib reads only, and is not const because of old C.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
    stream_.avail_in = static_cast<uInt>(plain.size());
    do {
      stream_.next_out = chunk_.data();
      stream_.avail_out = static_cast<uInt>(chunk_.size());
      deflate(&stream_, flush);
      packed_.append(reinterpret_cast<const char*>(chunk_.data()), chunk_.size() - stream_.avail_out);
    } while (stream_.avail_out == 0);
  }

  std::string finish() {
    add({}, Z_FINISH);
    return std::move(packed_);
  }

 private:
  z_stream stream_{};
  std::array<Bytef, 16384> chunk_{};
  std::string packed_;
};

}  // namespace

std::string gzip(std::string_view plain) {
  Packer packer;
  packer.add(plain, Z_NO_FLUSH);
  return packer.finish();
}

std::string gzip_bomb(std::size_t bytes, char filling) {
  const std::string block(std::min<std::size_t>(bytes, 1U << 20), filling);
  Packer packer;
  for (std::size_t left = bytes; left > 0;) {
    const std::size_t part = std::min(left, block.size());
    packer.add(std::string_view(block).substr(0, part), Z_NO_FLUSH);
    left -= part;
  }
  return packer.finish();
}

}  // namespace prewarm::testkit

// SPDX-License-Identifier: Apache-2.0
#include "http/body_reader.hpp"

#include <algorithm>

#include "prewarm/base/json.hpp"
#include "prewarm/base/planted.hpp"

namespace prewarm::http {
namespace {
// Sound coding makes a body smaller; this much more off the wire than may come out is an attack on time.
constexpr std::uint64_t kCodingSlack = 64U << 10;
}  // namespace

bool BodyReader::begin(Coding coding, std::optional<std::uint64_t> length) {
  if (coding == Coding::gzip)
    decoder_.emplace();
  else if (length.value_or(0) > max_)
    return fail(Fault::too_large);
  // Many small bodies wait at once: none takes more than it needs.
  bytes_.reserve(static_cast<std::size_t>(std::min(length.value_or(0), max_)) + kJsonPadding);
  return true;
}

bool BodyReader::feed(std::string_view coded) {
  if (fault_ != Fault::none) return false;
  received_ += coded.size();
  if (!decoder_) return append(coded);
  if (received_ > max_ + kCodingSlack) return fail(Fault::too_large);
  switch (decoder_->feed(coded, [this](std::string_view piece) { return append(piece); })) {
    case GzipDecoder::Feed::more:
      return true;
    case GzipDecoder::Feed::broken:
      return fail(Fault::broken_coding);
    case GzipDecoder::Feed::stopped:
      break;  // append said why
  }
  return false;
}

bool BodyReader::end() noexcept {
  return fault_ == Fault::none && (!decoder_ || decoder_->whole() || fail(Fault::broken_coding));
}

bool BodyReader::append(std::string_view piece) {
  if (planted(Plant::size_before_decoding) ? received_ > max_ : piece.size() > max_ - bytes_.size())
    return fail(Fault::too_large);
  make_room(bytes_.size() + piece.size());
  bytes_.append(piece);
  return true;
}

void BodyReader::make_room(std::size_t size) {
  if (bytes_.capacity() >= size + kJsonPadding) return;
  const auto ceiling = static_cast<std::size_t>(max_);
  const std::size_t doubled = std::max<std::size_t>(bytes_.capacity() * 2, 4096);
  bytes_.reserve(std::max(size, std::min(doubled, ceiling)) + kJsonPadding);
}

bool BodyReader::fail(Fault fault) noexcept {
  fault_ = fault;
  return false;
}

}  // namespace prewarm::http

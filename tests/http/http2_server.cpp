// SPDX-License-Identifier: Apache-2.0
#include "http/http2_server.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>

namespace prewarm::http::test {
namespace {

constexpr std::uint8_t kData = 0, kHeaders = 1, kReset = 3, kSettings = 4, kGoaway = 7;
constexpr std::uint8_t kEndHeaders = 0x4, kAck = 0x1;
constexpr std::size_t kFrameHead = 9, kPreface = 24;

std::string number(std::uint32_t value, int bytes) {
  std::string text;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) text += static_cast<char>(value >> shift);
  return text;
}

std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, std::string_view payload) {
  return number(static_cast<std::uint32_t>(payload.size()), 3) + static_cast<char>(type) +
         static_cast<char>(flags) + number(stream, 4) + std::string(payload);
}

std::size_t frame_size(const std::string& head) {
  std::size_t size = 0;
  for (std::size_t i = 0; i < 3; ++i) size = size * 256 + static_cast<std::uint8_t>(head[i]);
  return kFrameHead + size;
}

// HPACK: a string of fewer than 127 bytes, not Huffman coded.
std::string text(std::string_view value) { return static_cast<char>(value.size()) + std::string(value); }

int choose_h2(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char*, unsigned int,
              void*) {
  static constexpr std::array<unsigned char, 2> kName = {'h', '2'};
  *chosen = kName.data();
  *size = kName.size();
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

std::string headers_frame(const std::vector<std::pair<std::string, std::string>>& fields,
                          std::uint8_t flags) {
  std::string block = "\x88";  // :status 200
  for (const auto& [name, value] : fields) block += std::string(1, '\0') + text(name) + text(value);
  return frame(kHeaders, static_cast<std::uint8_t>(flags | kEndHeaders), 1, block);
}
std::string data_frame(std::string_view bytes, std::uint8_t flags) { return frame(kData, flags, 1, bytes); }
std::string reset_frame(std::uint32_t error) { return frame(kReset, 0, 1, number(error, 4)); }
std::string goaway_frame(std::uint32_t last_stream, std::uint32_t error) {
  return frame(kGoaway, 0, 0, number(last_stream, 4) + number(error, 4));
}

Http2Server::Http2Server(const testkit::CertificateFiles& files, std::string frames, Then then)
    : frames_(std::move(frames)), then_(then), context_(testkit::make_server_context({files})) {
  SSL_CTX_set_alpn_select_cb(context_.get(), choose_h2, nullptr);
  thread_ = std::thread([this] { serve(); });
}

Http2Server::~Http2Server() {
  stop_.open();
  thread_.join();
}

std::string Http2Server::url() const {
  return "https://127.0.0.1:" + std::to_string(testkit::local_port(listener_)) + "/";
}

void Http2Server::serve() {
  testkit::block_sigpipe_in_this_thread();
  while (true) {
    std::array<pollfd, 2> watched{pollfd{listener_.get(), POLLIN, 0}, pollfd{stop_.descriptor(), POLLIN, 0}};
    poll(watched.data(), watched.size(), -1);
    if (watched[1].revents != 0) return;
    testkit::Wire wire(
        testkit::Descriptor(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)), stop_);
    if (wire.start_tls(context_.get())) answer(wire);
  }
}

void Http2Server::answer(testkit::Wire& wire) {
  std::string buffer;
  while (buffer.size() < kPreface)
    if (!wire.read_some(buffer)) return;
  buffer.erase(0, kPreface);
  wire.write(frame(kSettings, 0, 0, "") + frame(kSettings, kAck, 0, ""));
  for (std::uint8_t type = kSettings; type != kHeaders;) {
    while (buffer.size() < kFrameHead || buffer.size() < frame_size(buffer))
      if (!wire.read_some(buffer)) return;
    type = static_cast<std::uint8_t>(buffer[3]);
    buffer.erase(0, frame_size(buffer));
  }
  ++requests_;
  wire.write(frames_);
  if (then_ == Then::stay) return wire.wait_for_the_end();
  wire.finish(then_ == Then::close ? testkit::Wire::Notify::no : testkit::Wire::Notify::yes);
}

}  // namespace prewarm::http::test

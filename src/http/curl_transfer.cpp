// SPDX-License-Identifier: Apache-2.0
#include "http/curl_transfer.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "http/curl_options.hpp"

namespace prewarm::http {
namespace {

// Bodies that nobody wants (of error statuses) are read this far, to keep the connection for the retry.
constexpr std::uint64_t kDiscardAtMost = 64U << 10;

std::string url_part(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return {};
  return UrlText(text).get();
}

std::string address_text(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(address.v6 ? AF_INET6 : AF_INET, address.bytes.data(), text.data(), text.size());
  return text.data();
}

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return text;
}

}  // namespace

CurlTransfer::CurlTransfer(std::uint64_t id, Request request, const FetcherSettings& settings)
    : id_(id),
      request_(std::move(request)),
      settings_(settings),
      url_(curl_url()),
      body_(request_.max_bytes) {
  const std::string& text = request_.url.reveal();
  if (curl_url_set(url_.get(), CURLUPART_URL, text.c_str(), CURLU_DISALLOW_USER) != CURLUE_OK) return;
  const std::string scheme = url_part(url_.get(), CURLUPART_SCHEME);
  tls_ = scheme == "https";
  if (!tls_ && scheme != "http") return;
  host_ = lower(url_part(url_.get(), CURLUPART_HOST));
  host_kind_ = http::host_kind(text, host_);
}

Error CurlTransfer::unfetchable() const {
  return {ErrorKind::address, "not an http or https URL without user part: " + request_.display, "", false};
}

void CurlTransfer::start(Easy easy, Millis left) {
  easy_ = std::move(easy);
  CURL* const handle = easy_.get();
  curl_easy_reset(handle);
  set_safety(handle);
  set_tls(handle, request_.ca_file);
  headers_ = set_request(handle, request_);
  set_option(handle, CURLOPT_CURLU, url_.get());
  set_option(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(left.count()));
  set_option(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings_.connect_timeout.count()));
  set_option(handle, CURLOPT_PRIVATE, this);
  set_option(handle, CURLOPT_HEADERFUNCTION, &CurlTransfer::on_header);
  set_option(handle, CURLOPT_HEADERDATA, this);
  set_option(handle, CURLOPT_WRITEFUNCTION, &CurlTransfer::on_body);
  set_option(handle, CURLOPT_WRITEDATA, this);
  set_option(handle, CURLOPT_OPENSOCKETFUNCTION, &CurlTransfer::on_socket);
  set_option(handle, CURLOPT_OPENSOCKETDATA, this);
  set_option(handle, CURLOPT_SSL_CTX_FUNCTION, &CurlTransfer::on_handshake);
  set_option(handle, CURLOPT_SSL_CTX_DATA, this);
  set_option(handle, CURLOPT_PREREQFUNCTION, &CurlTransfer::on_connected);
  set_option(handle, CURLOPT_PREREQDATA, this);
}

std::optional<std::uint64_t> CurlTransfer::body_progress() const noexcept {
  if (!head_.complete()) return std::nullopt;
  return body_.received() + discarded_;
}

std::size_t CurlTransfer::on_header(char* line, std::size_t size, std::size_t count, void* self) noexcept {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  const bool was_complete = transfer.head_.complete();
  if (!transfer.head_.add({line, size * count})) return 0;
  if (!was_complete && transfer.head_.complete() && transfer.head_.body_wanted() &&
      !transfer.body_.begin(transfer.head_.coding(), transfer.head_.content_length()))
    return 0;
  return size * count;
}

std::size_t CurlTransfer::on_body(char* bytes, std::size_t size, std::size_t count, void* self) noexcept {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  return transfer.take_body({bytes, size * count}) ? size * count : CURL_WRITEFUNC_ERROR;
}

bool CurlTransfer::take_body(std::string_view bytes) {
  if (!head_.complete()) return false;
  if (head_.body_wanted()) return body_.feed(bytes);
  discarded_ += bytes.size();
  return discarded_ <= kDiscardAtMost;
}

curl_socket_t CurlTransfer::on_socket(void* self, curlsocktype, curl_sockaddr* peer) noexcept {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  transfer.resolved_ = true;
  const auto address = address_of(peer->addr);
  if (!address || !transfer.may_reach(*address)) return CURL_SOCKET_BAD;
  return socket(peer->family, peer->socktype | SOCK_CLOEXEC, peer->protocol);
}

// libcurl has TCP and makes ready for TLS; it tells the time of neither before both are done.
CURLcode CurlTransfer::on_handshake(CURL*, void*, void* self) noexcept {
  static_cast<CurlTransfer*>(self)->handshaking_ = true;
  return CURLE_OK;
}

// Also of a connection that is used again: it may have been opened for a host of another spelling.
// NOLINTNEXTLINE(readability-function-size,readability-non-const-parameter): as libcurl calls it
int CurlTransfer::on_connected(void* self, char* peer, char*, int, int) noexcept {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  const auto address = parse_address(peer);
  if (!address || !transfer.may_reach(*address)) return CURL_PREREQFUNC_ABORT;
  transfer.connected_ = true;
  if (transfer.tls_) transfer.close_ = TlsClose::watch(transfer.handle());
  return CURL_PREREQFUNC_OK;
}

bool CurlTransfer::may_reach(const Address& address) {
  if (may_connect(address, host_kind_, settings_.allow_net)) return true;
  refused_ = address;
  return false;
}

Phase CurlTransfer::phase() const noexcept {
  if (!easy_) return Phase::queued;
  if (head_.complete()) return Phase::body;
  if (connected_) return Phase::answer;
  if (!resolved_) return Phase::name;
  return handshaking_ ? Phase::handshake : Phase::connect;
}

Error CurlTransfer::timed_out() const {
  const Phase at = phase();
  const bool connecting = at == Phase::name || at == Phase::connect || at == Phase::handshake;
  return timeout_error(
      at, connecting ? std::min(settings_.connect_timeout, request_.timeout) : request_.timeout, request_);
}

Result<Response> CurlTransfer::stalled() {
  if (!head_.body_wanted()) return outcome(CURLE_OPERATION_TIMEDOUT);
  return Error{ErrorKind::timeout,
               "the body stalled for " + duration_exact(settings_.stall_window) + ": " + request_.display, "",
               true};
}

// What our own callbacks refused, whatever libcurl calls it.
std::optional<Error> CurlTransfer::refusal() const {
  if (!head_.fault().empty()) return broken_error(head_.fault(), request_, false);
  switch (body_.fault()) {
    case BodyReader::Fault::none:
      return std::nullopt;
    case BodyReader::Fault::too_large:
      return Error{ErrorKind::too_large,
                   "the body is larger than " + size_text(request_.max_bytes.count) + ": " + request_.display,
                   "raise fetch.maxBytes if that is right", false};
    case BodyReader::Fault::broken_coding:
      break;
  }
  return broken_error("a broken or cut gzip coding", request_, true);
}

Result<Response> CurlTransfer::outcome(CURLcode code) {
  if (refused_ && !connected_ && code != CURLE_OK)
    return Error{ErrorKind::address,
                 "the host leads to " + address_text(*refused_) + ", an inner address: " + request_.display,
                 "if that is meant, allow it with --allow-net", false};
  const bool answered = head_.complete() && head_.fault().empty();
  if (!answered || head_.body_wanted()) {
    if (auto refused = refusal()) return *std::move(refused);
    if (code == CURLE_OPERATION_TIMEDOUT) return timed_out();
    if (code != CURLE_OK) return curl_error(code, phase(), request_, handle());
    if (!answered) return broken_error("no whole head", request_, true);
    if (!body_.end()) return *refusal();
    if (tls_ && !head_.length_known() && !close_.announced())
      return broken_error("neither a length nor a TLS close", request_, true);
  }
  Response response{head_.status(), body_.take(), head_.headers(), head_.length_known(), body_.coded()};
  return response;
}

}  // namespace prewarm::http

// SPDX-License-Identifier: Apache-2.0
#include "http/curl_transfer.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "http/curl_options.hpp"

namespace prewarm::http {
namespace {

// Bodies that nobody wants (of error statuses) are read this far, to keep the connection for the retry.
constexpr std::uint64_t kDiscardAtMost = 64U << 10;

std::string address_text(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(address.v6 ? AF_INET6 : AF_INET, address.bytes.data(), text.data(), text.size());
  return text.data();
}

// Where path and query begin, if libcurl would send them as they stand: no dots to resolve, nothing to
// encode. Else the end.
std::size_t plain_target(std::string_view url) noexcept {
  const auto authority = url.find("://");
  if (authority == std::string_view::npos) return url.size();
  const auto at = std::min(url.find_first_of("/?#", authority + 3), url.size());
  const std::string_view target = url.substr(at);
  const bool plain =
      target.starts_with('/') && target.find("/.") == std::string_view::npos &&
      std::all_of(target.begin(), target.end(), [](char c) { return c > 0x20 && c < 0x7f && c != '#'; });
  return plain ? at : url.size();
}

}  // namespace

CurlTransfer::CurlTransfer(const TransferContext& context)
    : context_(context), easy_(curl_easy_init()), body_(Bytes{}) {
  need_memory(easy_ != nullptr);
}

// Some twenty options are set once a handle and not once a transfer: that was a fifth of what a small GET
// costs here. A POST, or another CA, leaves too much behind; then the handle begins afresh.
void CurlTransfer::prepare(std::uint64_t serial, const Request& request, HostKind kind, bool tls) {
  serial_ = serial;
  request_ = &request;
  kind_ = kind;
  tls_ = tls;
  head_ = {};
  body_ = BodyReader(request.max_bytes);
  refused_.reset();
  discarded_ = 0;
  close_ = {};
  resolved_ = handshaking_ = connected_ = false;

  CURL* const handle = easy_.get();
  if (fresh_ || post_ || request.post || request.ca_file != ca_file_) set_constants(request.ca_file);
  if (request.post) set_post(handle, request);
  post_ = request.post;
  set_headers(request);
  set_url(request.url.reveal());
  // libcurl divides it among a host's addresses. The whole attempt's time is the caller's to keep; a second
  // timer would cost each transfer.
  const Millis connect = connect_timeout(request);
  if (std::exchange(connect_timeout_, connect) != connect)
    set_option(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect.count()));
}

void CurlTransfer::set_constants(const std::string& ca_file) {
  CURL* const handle = easy_.get();
  if (!std::exchange(fresh_, false)) curl_easy_reset(handle);
  lines_.reset();
  connect_timeout_ = {};
  ca_file_ = ca_file;
  set_safety(handle);
  set_tls(handle, ca_file);
  set_option(handle, CURLOPT_PRIVATE, this);
  set_option(handle, CURLOPT_HEADERFUNCTION, &CurlTransfer::on_header);
  set_option(handle, CURLOPT_HEADERDATA, this);
  set_option(handle, CURLOPT_WRITEFUNCTION, &CurlTransfer::on_body);
  set_option(handle, CURLOPT_WRITEDATA, this);
  set_option(handle, CURLOPT_OPENSOCKETFUNCTION, &CurlTransfer::on_socket);
  set_option(handle, CURLOPT_OPENSOCKETDATA, this);
  set_option(handle, CURLOPT_CLOSESOCKETFUNCTION, &CurlTransfer::on_close);
  set_option(handle, CURLOPT_CLOSESOCKETDATA, &context_.sockets);  // a connection outlives its first transfer
  set_option(handle, CURLOPT_SSL_CTX_FUNCTION, &CurlTransfer::on_handshake);
  set_option(handle, CURLOPT_SSL_CTX_DATA, this);
  set_option(handle, CURLOPT_PREREQFUNCTION, &CurlTransfer::on_connected);
  set_option(handle, CURLOPT_PREREQDATA, this);
}

// libcurl formats what is behind the authority three times, a byte at a time: of a request for 500 ids that
// is a tenth of all its instructions. A target of its own goes into the request as it is.
void CurlTransfer::set_url(const std::string& url) {
  const std::size_t at = plain_target(url);
  const bool plain = at < url.size();
  set_option(easy_.get(), CURLOPT_URL, url.substr(0, at).c_str());
  set_option(easy_.get(), CURLOPT_REQUEST_TARGET, plain ? url.c_str() + at : nullptr);
}

void CurlTransfer::set_headers(const Request& request) {
  if (!lines_ || !headers_.shared_with(request.headers)) {
    lines_ = header_list(request);
    headers_ = request.headers;
    sent_lines_ = nullptr;
  }
  const curl_slist* const lines = with_conditions(request);
  if (std::exchange(sent_lines_, lines) != lines) set_option(easy_.get(), CURLOPT_HTTPHEADER, lines);
}

const curl_slist* CurlTransfer::with_conditions(const Request& request) {
  curl_slist* first = lines_.get();
  const auto add = [&first](Condition& condition, std::string_view name, const std::string& value) {
    if (value.empty()) return;
    ENSURE(may_be_in_header(value));
    condition.line = name;
    condition.line += value;
    condition.node = {condition.line.data(), first};
    first = &condition.node;
  };
  add(modified_since_, "if-modified-since: ", request.if_modified_since);
  add(none_match_, "if-none-match: ", request.if_none_match);
  return first;
}

CurlTransfer& CurlTransfer::of(CURL* handle) {
  char* transfer = nullptr;
  ENSURE(curl_easy_getinfo(handle, CURLINFO_PRIVATE, &transfer) == CURLE_OK && transfer != nullptr);
  return *reinterpret_cast<CurlTransfer*>(transfer);
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
  if (!address) return CURL_SOCKET_BAD;
  if (!transfer.context_.peers.passes(*address, transfer.kind_)) {
    transfer.refused_ = address;
    return CURL_SOCKET_BAD;
  }
  const int made = socket(peer->family, peer->socktype | SOCK_CLOEXEC, peer->protocol);
  if (made >= 0) transfer.context_.sockets.opened(made);
  return made;
}

int CurlTransfer::on_close(void* sockets, curl_socket_t socket) noexcept {
  static_cast<SocketWatch*>(sockets)->closing(socket);
  return close(socket);
}

// libcurl has TCP and makes ready for TLS; it tells the time of neither before both are done.
CURLcode CurlTransfer::on_handshake(CURL*, void*, void* self) noexcept {
  static_cast<CurlTransfer*>(self)->handshaking_ = true;
  return CURLE_OK;
}

// NOLINTNEXTLINE(readability-function-size,readability-non-const-parameter): as libcurl calls it
int CurlTransfer::on_connected(void* self, char* peer, char*, int, int) noexcept {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  if (!transfer.context_.peers.passes(std::string_view(peer), transfer.kind_)) {
    transfer.refused_ = parse_address(peer);
    return CURL_PREREQFUNC_ABORT;
  }
  transfer.connected_ = true;
  if (transfer.tls_) transfer.close_ = TlsClose::watch(transfer.handle());
  return CURL_PREREQFUNC_OK;
}

Phase CurlTransfer::phase() const noexcept {
  if (head_.complete()) return Phase::body;
  if (connected_) return Phase::answer;
  if (!resolved_) return Phase::name;
  return handshaking_ ? Phase::handshake : Phase::connect;
}

Millis CurlTransfer::connect_timeout(const Request& request) const noexcept {
  return std::min(context_.settings.connect_timeout, request.timeout);
}

Error CurlTransfer::timed_out() const {
  const Phase at = phase();
  const bool connecting = at == Phase::name || at == Phase::connect || at == Phase::handshake;
  return timeout_error(at, connecting ? connect_timeout(*request_) : request_->timeout, *request_);
}

Result<Response> CurlTransfer::stalled() {
  if (!head_.body_wanted()) return outcome(CURLE_OPERATION_TIMEDOUT);
  return Error{
      ErrorKind::timeout,
      "the body stalled for " + duration_exact(context_.settings.stall_window) + ": " + request_->display, "",
      true};
}

// What our own callbacks refused, whatever libcurl calls it.
std::optional<Error> CurlTransfer::refusal() const {
  if (!head_.fault().empty()) return broken_error(head_.fault(), *request_, false);
  switch (body_.fault()) {
    case BodyReader::Fault::none:
      return std::nullopt;
    case BodyReader::Fault::too_large:
      return Error{
          ErrorKind::too_large,
          "the body is larger than " + size_text(request_->max_bytes.count) + ": " + request_->display,
          "raise fetch.maxBytes if that is right", false};
    case BodyReader::Fault::broken_coding:
      break;
  }
  return broken_error("a broken or cut gzip coding", *request_, true);
}

Result<Response> CurlTransfer::outcome(CURLcode code) {
  if (refused_ && !connected_ && code != CURLE_OK)
    return Error{ErrorKind::address,
                 "the host leads to " + address_text(*refused_) + ", an inner address: " + request_->display,
                 "if that is meant, allow it with --allow-net", false};
  const bool answered = head_.complete() && head_.fault().empty();
  if (!answered || head_.body_wanted()) {
    if (auto refused = refusal()) return *std::move(refused);
    if (code == CURLE_OPERATION_TIMEDOUT) return timed_out();
    if (code != CURLE_OK && !close_.alert().empty()) return alert_error(close_.alert(), *request_);
    if (code != CURLE_OK) return curl_error(code, phase(), *request_, handle());
    if (!answered) return broken_error("no whole head", *request_, true);
    if (!body_.end()) return *refusal();
    if (tls_ && !head_.length_known() && !close_.announced())
      return broken_error("neither a length nor a TLS close", *request_, true);
  }
  Response response{head_.status(), body_.take(), head_.take_headers(), head_.length_known(), body_.coded()};
  return response;
}

}  // namespace prewarm::http

// SPDX-License-Identifier: Apache-2.0
#include "http/curl_options.hpp"

#include <algorithm>
#include <string_view>

#include "prewarm/base/planted.hpp"

namespace prewarm::http {
namespace {

bool has_header(const Request& request, std::string_view lower_name) {
  return std::any_of(request.headers.begin(), request.headers.end(), [&](const auto& header) {
    return std::equal(
        header.first.begin(), header.first.end(), lower_name.begin(), lower_name.end(),
        [](char x, char y) { return (x >= 'A' && x <= 'Z' ? static_cast<char>(x + 32) : x) == y; });
  });
}

const std::string kAskForGzip = "Accept-Encoding: gzip";

// ";" is libcurl's spelling of "no value".
std::string_view separator(std::string_view value) noexcept { return value.empty() ? ";" : ": "; }

void append(HeaderList& list, const std::string& line) {
  curl_slist* const longer = curl_slist_append(list.get(), line.c_str());
  need_memory(longer != nullptr);
  if (!list) list.reset(longer);
}

}  // namespace

void set_safety(CURL* handle) {
  set_option(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  set_option(handle, CURLOPT_FOLLOWLOCATION, planted(Plant::redirects_followed) ? 1L : 0L);
  set_option(handle, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  set_option(handle, CURLOPT_PROXY, "");
  set_option(handle, CURLOPT_NOPROXY, "*");  // or each transfer looks for one in the environment
  set_option(handle, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set_option(handle, CURLOPT_HTTP09_ALLOWED, 0L);
  set_option(handle, CURLOPT_NOSIGNAL, 1L);
  // Coded bodies come as they are: libcurl takes a gzip stream that was cut short for a success.
  set_option(handle, CURLOPT_HTTP_CONTENT_DECODING, 0L);
  // A look-up that hangs is left behind at the deadline; without this, taking the handle away waits for it.
  set_option(handle, CURLOPT_QUICK_EXIT, 1L);
}

void set_tls(CURL* handle, const std::string& ca_file) {
  set_option(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  set_option(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set_option(handle, CURLOPT_SSL_VERIFYPEER, 1L);
  set_option(handle, CURLOPT_SSL_VERIFYHOST, 2L);
  // Debian's default folder of CAs would be trusted beside a file of one's own; and without it libcurl keeps
  // the parsed bundle for the next connection instead of reading it each time.
  set_option(handle, CURLOPT_CAPATH, static_cast<char*>(nullptr));
  if (!ca_file.empty()) set_option(handle, CURLOPT_CAINFO, ca_file.c_str());
}

void set_post(CURL* handle, const Request& request) {
  set_option(handle, CURLOPT_POST, 1L);
  set_option(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.reveal().size()));
  set_option(handle, CURLOPT_POSTFIELDS, request.body.reveal().c_str());
}

HeaderList header_list(const Request& request) {
  HeaderList list;
  append(list, kAskForGzip);
  if (request.post) {
    append(list, "Expect:");  // no 100-continue round trip
    if (!has_header(request, "content-type")) append(list, "Content-Type:");
  }
  for (const auto& [name, value] : request.headers) {
    const std::string& text = value.reveal();
    ENSURE(name.find_first_of("\r\n:") == std::string::npos);
    ENSURE(may_be_in_header(text));
    std::string line = name;
    line += separator(text);
    append(list, line += text);
  }
  return list;
}

bool may_be_in_header(std::string_view value) noexcept {
  return std::none_of(value.begin(), value.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

}  // namespace prewarm::http

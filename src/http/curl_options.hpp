// SPDX-License-Identifier: Apache-2.0
// What every transfer asks of libcurl, in one place to be read through: what is switched off, TLS, limits.
// Owned by the fetcher's thread.
#pragma once

#include <string_view>

#include "http/curl_handles.hpp"
#include "prewarm/base/check.hpp"
#include "prewarm/base/give_up.hpp"
#include "prewarm/http/fetcher.hpp"

namespace prewarm::http {

/// One option; a refusal is a fault of ours, or for lack of memory.
template <class Value>
void set_option(CURL* handle, CURLoption option, Value value) {
  const CURLcode code = curl_easy_setopt(handle, option, value);
  need_memory(code != CURLE_OUT_OF_MEMORY);
  ENSURE(code == CURLE_OK);
}

/// Everything that is the same whatever is fetched, but for the callbacks.
void set_safety(CURL* handle);
/// Chain and name are always verified, against `ca_file` alone if it is not empty.
void set_tls(CURL* handle, const std::string& ca_file);
/// Method and body; libcurl keeps a pointer into `request`. Only for a handle set afresh.
void set_post(CURL* handle, const Request& request);
/// The header lines as libcurl wants them, without conditions.
HeaderList header_list(const Request& request);
/// No line end, nor anything at which libcurl would stop reading.
bool may_be_in_header(std::string_view value) noexcept;

}  // namespace prewarm::http

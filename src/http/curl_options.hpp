// SPDX-License-Identifier: Apache-2.0
// What every transfer asks of libcurl, in one place to be read through: what is switched off, TLS, limits.
// Owned by the fetcher's thread.
#pragma once

#include "http/curl_handles.hpp"
#include "prewarm/base/check.hpp"
#include "prewarm/http/fetcher.hpp"

namespace prewarm::http {

/// One option; a refusal is a fault of ours.
template <class Value>
void set_option(CURL* handle, CURLoption option, Value value) {
  ENSURE(curl_easy_setopt(handle, option, value) == CURLE_OK);
}

/// Everything that is the same whatever is fetched.
void set_safety(CURL* handle);
/// Chain and name are always verified, against `ca_file` alone if it is not empty.
void set_tls(CURL* handle, const std::string& ca_file);
/// Method, body and header lines; libcurl keeps pointers into `request` and the list.
HeaderList set_request(CURL* handle, const Request& request);

}  // namespace prewarm::http

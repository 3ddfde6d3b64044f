// SPDX-License-Identifier: Apache-2.0
// libcurl's handles with owners. An easy handle is taken out of its multi handle before it is freed, by the
// fetcher.
#pragma once

#include <curl/curl.h>

#include <memory>

namespace prewarm::http {

struct EasyCleanup {
  void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
};
struct MultiCleanup {
  void operator()(CURLM* handle) const noexcept { curl_multi_cleanup(handle); }
};
struct ListCleanup {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
struct UrlCleanup {
  void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
};
struct TextCleanup {
  void operator()(char* text) const noexcept { curl_free(text); }
};
using Easy = std::unique_ptr<CURL, EasyCleanup>;
using Multi = std::unique_ptr<CURLM, MultiCleanup>;
using HeaderList = std::unique_ptr<curl_slist, ListCleanup>;
using Url = std::unique_ptr<CURLU, UrlCleanup>;
using UrlText = std::unique_ptr<char, TextCleanup>;

}  // namespace prewarm::http

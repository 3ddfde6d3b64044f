// SPDX-License-Identifier: Apache-2.0
// The store's login read anew, for a worker whose secret files are replaced under it (SURFACE 3). Only the
// login: where a URL in a file points is read at the start alone. The reader is called on the store thread
// and touches nothing but the files.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "prewarm/base/secret.hpp"
#include "prewarm/store/store.hpp"

namespace prewarm::cli {

struct LoginSource {
  std::string url_file, password_file;  // empty: not from a file, what was given stays
  Secret url, password;                 // as given at the start, if not in a file
  std::string user;                     // wins over the URL's, as the password does
};

/// Empty when nothing of it is from a file. It answers nothing when a file cannot be read or holds no store
/// URL.
std::function<std::optional<store::StoreLogin>()> login_reader(LoginSource source);

}  // namespace prewarm::cli

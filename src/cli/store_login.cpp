// SPDX-License-Identifier: Apache-2.0
#include "cli/store_login.hpp"

#include "cli/sources.hpp"
#include "store/store_url.hpp"

namespace prewarm::cli {
namespace {

std::optional<store::StoreLogin> read_login(const LoginSource& source) {
  const auto now = [](const std::string& file, const Secret& given) {
    return file.empty() ? Result<Secret>(given) : read_secret_file(file);
  };
  const auto url_text = now(source.url_file, source.url);
  const auto password = now(source.password_file, source.password);
  if (!url_text.ok() || !password.ok()) return std::nullopt;
  const auto url = store::parse_store_url(url_text->reveal());
  if (!url.ok()) return std::nullopt;
  return store::StoreLogin{source.user.empty() ? url->user : source.user,
                           password->empty() ? url->password : *password};
}

}  // namespace

std::function<std::optional<store::StoreLogin>()> login_reader(LoginSource source) {
  if (source.url_file.empty() && source.password_file.empty()) return {};
  return [source = std::move(source)] { return read_login(source); };
}

}  // namespace prewarm::cli

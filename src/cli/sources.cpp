// SPDX-License-Identifier: Apache-2.0
#include "cli/sources.hpp"

#include "cli/flags.hpp"

namespace prewarm::cli {

Result<Secret> read_secret_file(const std::string& path) {
  TRY_ASSIGN(std::string text, read_small_file(path));
  if (!text.empty() && text.back() == '\n') text.pop_back();
  return Secret(std::move(text));
}

void Sources::fault(int code, std::string message, std::string remedy) {
  settings_.faults.push_back(setting_fault(code, std::move(message), std::move(remedy)));
}

Said Sources::plain(const char* flag, const Text& value, const char* variable) const {
  if (value) return {value, flag};
  auto set = variables_(variable);
  if (!set || set->empty()) return {};
  return {std::move(set), variable};
}

Sources::SaidSecret Sources::secret(const std::string& variable) {
  auto value = variables_(variable);
  const std::string twin = variable + "_FILE";
  const auto file = variables_(twin);
  if (value && file) fault(303, "both " + variable + " and " + twin + " are set", "unset one of them");
  if (value && !value->empty()) return {Secret(std::move(*value)), variable};
  if (!file || file->empty()) return {};
  auto secret = read_secret_file(*file);
  if (!secret) {
    fault(307, twin + ": " + secret.error().message, "make it readable for this user, at most 64 KiB");
    return {};
  }
  return {*std::move(secret), twin, *file};
}

void Sources::origin(const char* flag, std::string_view setting, std::string_view value,
                     const std::string& name) {
  const Flag* known = find_flag(options_.command, flag);
  if (!options_.verbose || known == nullptr || !known->shown_by(options_.command)) return;
  const std::string from = name.empty() ? "default" : (name[0] == '-' ? "flag " : "variable ") + name;
  settings_.origins.push_back({std::string(setting), std::string(value), from});
}

}  // namespace prewarm::cli

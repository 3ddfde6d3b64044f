// SPDX-License-Identifier: Apache-2.0
// The field reference as Markdown, from the field table.
#include "fields.hpp"
#include "prewarm/schedule/catalog.hpp"

namespace prewarm::schedule {
namespace {

// "/fetch/timeout" as `fetch.timeout`.
std::string dotted(std::string_view pointer) {
  std::string out(pointer.substr(1));
  for (char& c : out)
    if (c == '/') c = '.';
  return "`" + out + "`";
}

std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out.empty() ? "-" : out;
}

}  // namespace

std::string schema_markdown() {
  std::string out =
      "# Fields of a schedule file\n\n"
      "JSON with `//` and `/* */` comments, UTF-8, at most 1 MiB; one object a file, which names the "
      "schedule.\n"
      "Besides the codes listed any field can earn PW103 (wrong type or unit) and PW106 (outside its "
      "limits).\n\n"
      "| field | type | default | limits | codes | meaning |\n|---|---|---|---|---|---|\n";
  for (const Field& field : field_table()) {
    out += "| " + dotted(field.pointer) + " | " + cell(type_name(field.type)) + " | " + cell(field.fallback) +
           " | " + cell(limits_text(field)) + " | " + cell(field.codes) + " | " + cell(field.meaning) +
           " |\n";
  }
  return out;
}

}  // namespace prewarm::schedule

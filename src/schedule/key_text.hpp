// SPDX-License-Identifier: Apache-2.0
// The text of a key template, before it is one: which characters a literal may hold, and the template that
// was probably meant by a faulty one. Not for keys. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace prewarm::schedule {

/// [A-Za-z0-9._@+-]
bool is_key_character(char c) noexcept;
/// Split at ':' outside braces; a brace without end reaches to the end of the text.
std::vector<std::string> split_key_text(std::string_view text);
/// `text` with {env} put in, "v{version}" at the end and unfit characters replaced; not checked any further.
std::string mended_key_text(std::string_view text);

}  // namespace prewarm::schedule

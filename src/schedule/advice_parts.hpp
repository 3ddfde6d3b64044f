// SPDX-License-Identifier: Apache-2.0
// Parts of advice.cpp. Pure.
#pragma once

#include <string>

#include "prewarm/schedule/advice.hpp"

namespace prewarm::schedule {

/// The expression with one field written anew.
std::string with_field(const Cron& cron, CronField field, const std::string& text);
/// In double quotes; expressions hold nothing that would need escaping.
std::string quoted_text(std::string_view text);
/// ', or "allow": ["PW212"]'.
std::string or_allow(int code);

/// PW217, of an expression that has an uneven step.
CronAdvice uneven_step_advice(const Cron& cron);

}  // namespace prewarm::schedule

// SPDX-License-Identifier: Apache-2.0
#include "support/script.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>
#include <utility>

namespace prewarm::testkit {
namespace {

std::string head_of(const Answer& answer) {
  if (answer.status_line.empty()) return answer.before;
  const std::string& end = answer.newline;
  std::string head = answer.before + answer.status_line + end;
  for (const auto& [name, value] : answer.headers) head += name + ": " + value + end;
  if (answer.framing == Framing::chunked) head += "Transfer-Encoding: chunked" + end;
  const bool says_length = answer.framing == Framing::length || answer.claimed_length.has_value();
  if (says_length)
    head += "Content-Length: " + answer.claimed_length.value_or(std::to_string(answer.body.size())) + end;
  const bool closes = answer.framing == Framing::until_close || answer.ending != Ending::keep;
  if (closes) head += "Connection: close" + end;
  const bool has_no_end = answer.endless && answer.endless->part == Part::head;
  return has_no_end ? head : head + end;
}

std::string chunk_of(const Answer& answer, std::string_view bytes) {
  std::array<char, 20> size{};
  std::snprintf(size.data(), size.size(), "%zx", bytes.size());
  return answer.chunk_size_text.value_or(size.data()) + "\r\n" + std::string(bytes) + "\r\n";
}

std::string body_of(const Answer& answer) {
  if (answer.framing == Framing::none) return {};
  if (answer.framing != Framing::chunked) return answer.body;
  std::string wire;
  const std::string_view body = answer.body;
  for (std::size_t at = 0; at < body.size(); at += answer.chunk_bytes)
    wire += chunk_of(answer, body.substr(at, answer.chunk_bytes));
  return answer.endless ? wire : wire + answer.last_chunk;
}

/// Repeated units are sent in blocks, or an endless body would be a system call every few bytes.
std::string endless_block(const Answer& answer) {
  constexpr std::size_t kBlock = 65536;
  const Answer::Endless& endless = *answer.endless;
  const bool in_chunks = endless.part == Part::body && answer.framing == Framing::chunked;
  std::string block;
  while (block.size() < kBlock) block += endless.unit;
  return in_chunks ? chunk_of(answer, block) : block;
}

void add_bytes(Script& script, const Answer& answer, Part part, std::string bytes) {
  if (bytes.empty()) return;
  Step step;
  step.bytes = std::move(bytes);
  if (answer.slow && (answer.slow->part == part || answer.slow->part == Part::head))
    step.byte_interval = answer.slow->interval;
  script.steps.push_back(std::move(step));
}

}  // namespace

Script script_of(const Answer& answer) {
  Script script;
  Step before;
  before.pause = answer.delay_before;
  before.gate = answer.gate;
  script.steps.push_back(std::move(before));

  std::string head = head_of(answer);
  std::string body = body_of(answer);
  if (answer.stop) {
    std::string& part = answer.stop->part == Part::head ? head : body;
    part.resize(std::min(part.size(), answer.stop->at));
    if (answer.stop->part == Part::head) body.clear();
    script.ending = answer.stop->ending;
  } else {
    const bool ends_the_body = answer.framing == Framing::until_close;
    script.ending = ends_the_body && answer.ending == Ending::keep ? Ending::fin : answer.ending;
  }
  const bool endless_head = answer.endless && answer.endless->part == Part::head;
  // Together in one write where nothing comes between, as servers do.
  if (!answer.slow && !endless_head) {
    add_bytes(script, answer, Part::head, head + body);
  } else {
    add_bytes(script, answer, Part::head, std::move(head));
    if (!endless_head) add_bytes(script, answer, Part::body, std::move(body));
  }
  if (answer.endless && !answer.stop) {
    Step endless;
    endless.bytes = endless_block(answer);
    endless.for_ever = true;
    script.steps.push_back(std::move(endless));
  }
  return script;
}

}  // namespace prewarm::testkit

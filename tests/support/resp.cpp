// SPDX-License-Identifier: Apache-2.0
#include "support/resp.hpp"

#include <cstdlib>
#include <stdexcept>

namespace prewarm::testkit {

std::int64_t Reply::number() const {
  if (kind != Kind::integer) throw std::runtime_error("the store answered no number but: " + text);
  return std::strtoll(text.c_str(), nullptr, 10);
}

void Resp::send(const std::vector<std::string>& words) {
  std::string bytes = "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string& word : words) bytes += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
  send_all(socket_, bytes);
}

Reply Resp::command(const std::vector<std::string>& words) {
  send(words);
  return receive();
}

/// A byte at a time: simple, and tests read little.
std::string Resp::line() {
  std::string text;
  while (text.size() < 2 || text.compare(text.size() - 2, 2, "\r\n") != 0)
    text += receive_exactly(socket_, 1);
  text.resize(text.size() - 2);
  return text;
}

Reply Resp::receive() {
  const std::string head = line();
  const std::string rest = head.substr(1);
  const long long count = std::strtoll(rest.c_str(), nullptr, 10);
  switch (head.front()) {
    case '+':
      return {Reply::Kind::status, rest};
    case '-':
      return {Reply::Kind::error, rest};
    case ':':
      return {Reply::Kind::integer, rest};
    case '$': {
      if (count < 0) return {};
      std::string bytes = receive_exactly(socket_, static_cast<std::size_t>(count) + 2);
      bytes.resize(bytes.size() - 2);
      return {Reply::Kind::bulk, std::move(bytes)};
    }
    case '*': {
      if (count < 0) return {};
      Reply array{Reply::Kind::array};
      for (long long i = 0; i < count; ++i) array.items.push_back(receive());
      return array;
    }
    default:
      throw std::runtime_error("not a reply of Redis: " + head);
  }
}

}  // namespace prewarm::testkit

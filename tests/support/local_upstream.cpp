// SPDX-License-Identifier: Apache-2.0
// A small HTTP server on 127.0.0.1 for the quickstart, for shell tests and for trying misbehaviour by hand.
// Its first line on stdout is its URL; with --tls the second names the authority to trust. Ends on SIGTERM or
// SIGINT.
#include <charconv>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/certificates.hpp"
#include "support/modes.hpp"
#include "support/temp_dir.hpp"
#include "support/upstream.hpp"

namespace {

using namespace prewarm::testkit;

constexpr const char* kUsage =
    "usage: local_upstream --file F [--path P] [--status N] [--header 'K: V']... [--mode NAME]\n"
    "                      [--port N] [--port-file F] [--tls KIND] [--quiet]\n"
    "       local_upstream --list-modes\n"
    "Serves the file, read again for each request, at every path or at P alone. One line on stderr a "
    "request.\n"
    "KIND: good, wrong-name, expired, not-yet-valid, self-signed, other-ca, no-chain, weak-key, tls-1.0\n"
    "Example: local_upstream --file tests/data/listenbrainz-recent.json --mode cut-body --port 8081\n";

struct Wrong : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Options {
  std::string file, path, mode, port_file, tls;
  std::optional<int> status;
  std::vector<std::pair<std::string, std::string>> headers;
  std::uint16_t port = 0;
  bool quiet = false;
};

template <class Number>
Number number(const std::string& text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) throw Wrong("not a number: " + text);
  return value;
}

std::pair<std::string, std::string> header(const std::string& text) {
  const std::size_t colon = text.find(": ");
  if (colon == std::string::npos) throw Wrong("a header looks like 'Name: value', not " + text);
  return {text.substr(0, colon), text.substr(colon + 2)};
}

void set(Options& options, const std::string& flag, const std::string& value) {
  if (flag == "--file")
    options.file = value;
  else if (flag == "--path")
    options.path = value;
  else if (flag == "--mode")
    options.mode = value;
  else if (flag == "--port-file")
    options.port_file = value;
  else if (flag == "--tls")
    options.tls = value;
  else if (flag == "--status")
    options.status = number<int>(value);
  else if (flag == "--header")
    options.headers.push_back(header(value));
  else if (flag == "--port")
    options.port = number<std::uint16_t>(value);
  else
    throw Wrong("unknown: " + flag);
}

Options parse(const std::vector<std::string>& arguments) {
  Options options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--quiet") {
      options.quiet = true;
    } else {
      if (i + 1 == arguments.size()) throw Wrong("no value, or unknown: " + arguments[i]);
      set(options, arguments[i], arguments[i + 1]);
      ++i;
    }
  }
  if (options.file.empty()) throw Wrong("--file is missing");
  if (!options.mode.empty() && find_mode(options.mode) == nullptr)
    throw Wrong("no such mode: " + options.mode);
  read_file(options.file);  // throws now rather than at the first request
  return options;
}

std::string type_of(const std::string& file) {
  const auto extension = std::filesystem::path(file).extension();
  return extension == ".html"  ? "text/html; charset=utf-8"
         : extension == ".txt" ? "text/plain"
                               : "application/json";
}

Answer answer_with(const Options& options, Answer answer) {
  for (const auto& [name, value] : options.headers)
    answer = name == "Content-Type" ? answer.content_type(value) : answer.header(name, value);
  return answer;
}

Upstream::Handler handler(const Options& options) {
  if (options.mode.empty())
    return [options](const UpstreamRequest&) {
      return answer_with(
          options, Answer::of(options.status.value_or(200), read_file(options.file), type_of(options.file)));
    };
  std::vector<Answer> answers = find_mode(options.mode)->answers(read_file(options.file));
  for (Answer& answer : answers) answer = answer_with(options, answer);
  return answers_in_turn(std::move(answers));
}

/// Says on stderr what was asked, then answers.
Upstream::Handler told(Upstream::Handler next, bool quiet) {
  return [next, quiet](const UpstreamRequest& request) {
    if (!quiet) std::fprintf(stderr, "%s %s\n", request.method.c_str(), request.target.c_str());
    return next(request);
  };
}

TlsSettings tls_settings(const std::string& kind, CertificateAuthority& authority,
                         CertificateAuthority& other) {
  if (kind == "good") return {authority.good()};
  if (kind == "tls-1.0") return {authority.good(), {}, TlsVersions::only_1_0};
  if (kind == "wrong-name") return {authority.wrong_name()};
  if (kind == "expired") return {authority.expired()};
  if (kind == "not-yet-valid") return {authority.not_yet_valid()};
  if (kind == "weak-key") return {authority.weak_key()};
  if (kind == "self-signed") return {authority.self_signed(CertificateAuthority::local())};
  if (kind == "other-ca") return {other.good()};
  if (kind == "no-chain")
    return {authority.issue_through_intermediate(CertificateAuthority::local(),
                                                 CertificateAuthority::Chain::missing)};
  throw Wrong("no such kind of certificate: " + kind);
}

void serve(const Options& options) {
  // Blocked before there are threads, so that only sigwait below takes them.
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  sigprocmask(SIG_BLOCK, &ends, nullptr);

  std::optional<CertificateAuthority> authority, other;
  UpstreamSettings settings;
  settings.port = options.port;
  if (!options.tls.empty())
    settings.tls = tls_settings(options.tls, authority.emplace(), other.emplace("another authority"));
  Upstream upstream(settings);
  const auto answer = told(handler(options), options.quiet);
  if (options.path.empty())
    upstream.otherwise(answer);
  else
    upstream.on(options.path, answer);

  std::cout << upstream.url_at(options.tls.empty() ? "127.0.0.1" : "localhost", "") << std::endl;
  if (authority) std::cout << authority->ca_file().string() << std::endl;
  if (!options.port_file.empty()) std::ofstream(options.port_file) << upstream.port() << '\n';
  int which = 0;
  sigwait(&ends, &which);
}

}  // namespace

int main(int count, char** texts) {
  const std::vector<std::string> arguments(texts + 1, texts + count);
  try {
    if (arguments == std::vector<std::string>{"--list-modes"})
      for (const Mode& mode : modes()) std::printf("%-18s %s\n", mode.name.data(), mode.what.data());
    else if (arguments == std::vector<std::string>{"--help"})
      std::fputs(kUsage, stdout);
    else
      serve(parse(arguments));
  } catch (const Wrong& wrong) {
    std::fprintf(stderr, "local_upstream: %s\n%s", wrong.what(), kUsage);
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "local_upstream: %s\n", error.what());
    return 1;
  }
  return 0;
}

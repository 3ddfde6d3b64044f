// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_test_macros.hpp>

#include <csignal>
#include <set>
#include <string_view>

#include "support/kit_clients.hpp"
#include "support/modes.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

using namespace prewarm::testkit;
using namespace std::chrono_literals;

namespace {

class Local {
 public:
  explicit Local(std::vector<std::string> arguments, const std::string& file = "listenbrainz-recent.json")
      : process_({LOCAL_UPSTREAM, all(std::move(arguments), file)}),
        url(process_.wait_for_line("http", Process::Stream::out).value_or("nothing came")) {}
  ~Local() {
    process_.signal(SIGTERM);  // killed, it would leave its certificates behind
    process_.wait();
  }
  Local(const Local&) = delete;
  Local& operator=(const Local&) = delete;
  Process& process() { return process_; }

 private:
  static std::vector<std::string> all(std::vector<std::string> arguments, const std::string& file) {
    arguments.insert(arguments.end(), {"--file", sample_path(file).string()});
    return arguments;
  }
  Process process_;

 public:
  std::string url;
};

bool is_good(std::string_view mode) {
  const std::set<std::string_view> good{"ok",       "no-length", "chunked",      "gzip",
                                        "continue", "bare-lf",   "folded-header"};
  return good.count(mode) == 1;
}

}  // namespace

TEST_CASE("the local upstream serves a file until SIGTERM") {
  Local local({});
  Curl curl;
  const CurlAnswer answer = curl.get(local.url + "/1/user/someone/listens?count=25");
  CHECK(answer.status == 200);
  CHECK(answer.body == sample("listenbrainz-recent.json"));
  CHECK(answer.head.find("application/json") != std::string::npos);
  CHECK(local.process().wait_for_line("GET /1/user/someone/listens?count=25").has_value());
  local.process().signal(SIGTERM);
  CHECK(local.process().wait().exit_code == 0);
}

TEST_CASE("the local upstream takes path, status, headers and a file for its port") {
  const TempDir directory;
  const std::string port_file = (directory / "port").string();
  Local local({"--path", "/x", "--status", "503", "--header", "Retry-After: 3", "--header",
               "Content-Type: text/css", "--port-file", port_file, "--quiet"});
  Curl curl;
  const CurlAnswer answer = curl.get(local.url + "/x");
  CHECK(answer.status == 503);
  CHECK(answer.head.find("Retry-After: 3\r\n") != std::string::npos);
  CHECK(answer.head.find("Content-Type: text/css\r\n") != std::string::npos);
  CHECK(curl.get(local.url + "/y").status == 404);
  local.process().signal(SIGTERM);
  CHECK(local.process().wait().err.empty());
  CHECK("http://127.0.0.1:" + read_file(port_file) == local.url + "\n");
}

TEST_CASE("the local upstream misbehaves by name, over TLS too") {
  Curl curl;
  CHECK(curl.get(Local({"--mode", "cut-body"}).url).code == CURLE_PARTIAL_FILE);
  Local expired({"--tls", "expired"});
  const std::string authority = expired.process().wait_for_line("/ca.pem", Process::Stream::out).value();
  curl.set(CURLOPT_CAINFO, authority.c_str());
  CHECK(curl.get(expired.url).code == CURLE_PEER_FAILED_VERIFICATION);
}

TEST_CASE("the local upstream says what is wrong with its arguments") {
  const auto exit_code = [](const std::vector<std::string>& arguments) {
    return run({LOCAL_UPSTREAM, arguments}).exit_code;
  };
  const std::string file = sample_path("empty-listens.json").string();
  CHECK(exit_code({}) == 2);
  CHECK(exit_code({"--file"}) == 2);
  CHECK(exit_code({"--file", file, "--mode", "no-such-mode"}) == 2);
  CHECK(exit_code({"--file", file, "--port", "eighty"}) == 2);
  CHECK(exit_code({"--file", file, "--tls", "rusty"}) == 2);
  CHECK(exit_code({"--file", "/no/such/file"}) == 1);
  CHECK(run({LOCAL_UPSTREAM, {"--help"}}).exit_code == 0);
  CHECK(run({LOCAL_UPSTREAM, {"--list-modes"}}).out.find("\ncut-body ") != std::string::npos);
}

TEST_CASE("every mode answers something, and the good ones what they should") {
  Upstream up;
  Curl curl;
  curl.most_bytes = 1U << 20;
  const std::string body = sample("listenbrainz-recent.json");
  for (const Mode& mode : modes()) {
    CAPTURE(mode.name);
    up.on("/x", mode.answers(body));
    curl.set(CURLOPT_TIMEOUT_MS, is_good(mode.name) ? 10'000L : 60L);
    const CurlAnswer answer = curl.get(up.url("/x"));
    if (is_good(mode.name)) CHECK(answer.body == body);
    const bool wrong = answer.code != CURLE_OK || answer.status != 200 || answer.body != body;
    for (const char* bad :
         {"empty",           "cut-body",      "reset",      "long-length",  "short-length",
          "two-lengths",     "no-last-chunk", "chunk-huge", "gzip-bomb",    "gzip-cut",
          "gzip-lie",        "stall",         "trickle",    "endless-body", "endless-chunks",
          "endless-headers", "http-0.9",      "404",        "503",          "304"})
      if (mode.name == bad) CHECK(wrong);
  }
}

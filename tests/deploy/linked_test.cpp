// SPDX-License-Identifier: Apache-2.0
// The list of what is linked, made by the build, against what the executable shows by itself: what it loads,
// what is in it and says its version there, and the headers that the compiler read.
#include <curl/curlver.h>
#include <fmt/core.h>
#include <spdlog/version.h>

#include <CLI/Version.hpp>
#include <catch2/catch_test_macros.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "deploy/shell.hpp"

using namespace prewarm::test;
using Strings = std::set<std::string>;

namespace {

struct Library {
  std::string how, package, version, source, files;
};

std::vector<Library> listed() {
  std::vector<Library> all;
  const auto bill = nlohmann::json::parse(text_of(PREWARM_BINARY_DIR "/prewarm.cdx.json"));
  for (const auto& component : bill.at("components")) {
    std::map<std::string, std::string> properties;
    for (const auto& property : component.at("properties"))
      properties[property.at("name")] = property.at("value");
    all.push_back({properties.at("prewarm:linked"), component.at("name"), component.at("version"),
                   properties.at("prewarm:source"), properties.at("prewarm:files")});
  }
  return all;
}

// "1:1.2.13.dfsg-1" is "1.2.13", "1:1.3.dfsg+really1.3.1-1" is "1.3.1": without what Debian adds.
std::string upstream_version(const std::string& version) {
  constexpr std::string_view kReally = "+really";
  const auto really = version.find(kReally);
  const auto begin = really == std::string::npos ? version.find(':') + 1 : really + kReally.size();
  auto end = version.find_first_not_of("0123456789.", begin);
  if (end != std::string::npos && version[end - 1] == '.') --end;
  return version.substr(begin, end - begin);
}

bool executable_has(const std::string& bytes) { return executable_bytes().find(bytes) != std::string::npos; }

std::string dotted(int major, int minor, int patch) {
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

// How a library shows that it is in the executable (a function that is defined there, a type's name), and
// where its version is: in the executable itself between `before` and `after`, or in the headers with which
// this test was compiled too.
struct Sign {
  std::string source, how, mark, before, after, headers;
};

std::vector<Sign> signs() {
  const std::string zero(1, '\0');
  return {
      {"openssl", "static", "OPENSSL_init_crypto", "OpenSSL ", " ", ""},
      {"sqlite3", "static", "sqlite3_open_v2", "", zero, ""},
      {"zlib", "static", "inflateInit2_", " inflate ", " Copyright", ""},
      {"nghttp2", "static", "nghttp2_session_mem_recv", "", zero, ""},
      {"libzstd", "static", "ZSTD_decompress", "", "", ""},
      {"curl", "static", "curl_multi_perform", "", "", LIBCURL_VERSION},
      {"nlohmann-json3", "headers", "N8nlohmann", "", "",
       dotted(NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH)},
      {"fmtlib", "headers", "N3fmt2v", "", "",
       dotted(FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)},
      {"spdlog", "headers", "N6spdlog", "", "", dotted(SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH)},
      {"cli11", "headers", "N3CLI3AppE", "", "", CLI11_VERSION},
  };
}

bool shows(const Sign& sign, const Strings& functions) {
  return sign.how == "static" ? functions.count(sign.mark) == 1 : executable_has(sign.mark);
}

const Sign* sign_of(const std::vector<Sign>& all, const Library& library) {
  for (const Sign& sign : all)
    if (sign.source == library.source && sign.how == library.how) return &sign;
  return nullptr;
}

// The compiler's own: its objects and those of the C library begin and end every executable.
bool is_tool_chain(const Library& library) {
  return library.source == "glibc" || library.source.rfind("gcc-", 0) == 0;
}

Strings files_of(const std::vector<Library>& libraries, const std::string& how) {
  Strings files;
  for (const Library& library : libraries) {
    if (library.how != how) continue;
    std::istringstream stream(library.files);
    for (std::string file; stream >> file;) files.insert(file);
  }
  return files;
}

Strings set_of(const std::string& shell_line) {
  const auto lines = lines_of(shell_line);
  return {lines.begin(), lines.end()};
}

}  // namespace

TEST_CASE("the list names every library that the executable loads, and no other") {
  const auto loaded = set_of("readelf -dW " + executable() + R"( | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')");
  REQUIRE(loaded.count("libc.so.6") == 1);
  CHECK(files_of(listed(), "shared") == loaded);
}

TEST_CASE("every library that shows itself in the executable is in the list, and no other") {
  const auto libraries = listed();
  const auto functions = set_of("nm --defined-only " + executable() + " | sed 's/.* //'");
  for (const Sign& sign : signs()) {
    bool found = false;
    for (const Library& library : libraries)
      found = found || (library.source == sign.source && library.how == sign.how);
    INFO(sign.source << ", " << sign.how);
    CHECK(found == shows(sign, functions));
  }
  for (const Library& library : libraries) {
    if (library.how == "shared" || is_tool_chain(library)) continue;
    const auto all = signs();
    INFO(library.package << " is in the list, and nothing here says how it shows itself");
    CHECK(sign_of(all, library) != nullptr);
  }
}

TEST_CASE("the versions in the list are those that the libraries have in the executable") {
  const auto all = signs();
  for (const Library& library : listed()) {
    const Sign* sign = sign_of(all, library);
    if (sign == nullptr) continue;
    const std::string version = upstream_version(library.version);
    INFO(library.package << " " << library.version);
    if (!sign->headers.empty()) CHECK(version == sign->headers);
    if (!sign->after.empty()) CHECK(executable_has(sign->before + version + sign->after));
  }
}

TEST_CASE("the compiler's and the C library's versions are those of the build") {
  for (const Library& library : listed()) {
    if (library.source == "glibc")
      CHECK(library.version == lines_of("dpkg-query -W -f '${Version}' libc6").at(0));
    if (library.source.rfind("gcc-", 0) == 0 && library.how == "static")
      CHECK(executable_has("GCC: (Debian " + library.version + ") "));
  }
}

TEST_CASE("every header that the compiler read belongs to a library in the list") {
  Strings sources{"linux"};  // the kernel's interface, no library
  for (const Library& library : listed()) sources.insert(library.source);
  const auto read = set_of(
      "cd '" PREWARM_BINARY_DIR
      "' && ninja -t deps"
      " | awk '/^[^ ]/ { ours = /^CMakeFiles.prewarm/ } ours && $1 ~ \"^/usr/\" { print $1 }' | sort -u"
      " | xargs realpath | xargs dpkg-query -S | sed 's/:.*//' | sort -u"
      " | xargs dpkg-query -W -f '${source:Package}\\n'");
  REQUIRE(read.count("spdlog") == 1);
  for (const std::string& source : read) {
    INFO(source);
    CHECK(sources.count(source) == 1);
  }
}

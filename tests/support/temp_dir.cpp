// SPDX-License-Identifier: Apache-2.0
#include "support/temp_dir.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

namespace prewarm::testkit {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kLongestBase = 60;  // leaves 47 bytes for our own name and a socket's

std::string base_directory() {
  const char* chosen = std::getenv("TMPDIR");
  if (chosen == nullptr || *chosen == '\0' || std::string_view(chosen).size() > kLongestBase) return "/tmp";
  return chosen;
}

}  // namespace

TempDir::TempDir() {
  std::string name = base_directory() + "/prewarm-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a directory below " + name);
  path_ = name;
}

TempDir::~TempDir() {
  if (std::getenv("PREWARM_KEEP_TEMP") != nullptr) return;
  std::error_code ignored;  // a test may have taken rights away; a left-over directory fails nothing
  fs::remove_all(path_, ignored);
}

fs::path TempDir::write(std::string_view name, std::string_view content) const {
  const fs::path file = path_ / name;
  fs::create_directories(file.parent_path());
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
  out.close();
  if (!out) throw std::runtime_error("cannot write " + file.string());
  return file;
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot open " + path.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

fs::path sample_path(std::string_view name) { return fs::path(PREWARM_SOURCE_DIR) / "tests/data" / name; }

std::string sample(std::string_view name) { return read_file(sample_path(name)); }

}  // namespace prewarm::testkit

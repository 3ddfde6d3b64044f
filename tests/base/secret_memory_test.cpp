// SPDX-License-Identifier: Apache-2.0
// What is in the memory that secrets give back. This program's operator delete looks at each block before it
// goes.
#include <malloc.h>

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

#include "prewarm/base/secret.hpp"

using namespace prewarm;

namespace {

constexpr std::string_view kMark = "hunter2";
// What ends or moves away loses its first byte anyway.
const std::string kShort = "a hunter2";  // lies in the object
const std::string kLong = "a text so long that it does not lie in the object itself, hunter2";

bool looking = false;
std::size_t released = 0, shown = 0;

void look_at(void* block) noexcept {
  if (!looking || block == nullptr) return;
  ++released;
  if (std::string_view(static_cast<const char*>(block), malloc_usable_size(block)).find(kMark) !=
      std::string_view::npos)
    ++shown;
}

// Of the blocks that `act` releases: whether there are any, and how many show the secret.
template <class Act>
std::size_t shown_by(Act act) {
  released = shown = 0;
  looking = true;
  act();
  looking = false;
  REQUIRE(released > 0);
  return shown;
}

}  // namespace

void* operator new(std::size_t size) {
  if (void* block = std::malloc(size)) return block;
  throw std::bad_alloc();
}
void operator delete(void* block) noexcept {
  look_at(block);
  std::free(block);
}
void operator delete(void* block, std::size_t) noexcept { ::operator delete(block); }

TEST_CASE("a string that is no secret shows itself in what it gives back") {
  CHECK(shown_by([] { const std::string copy(kLong); }) == 1);
}

TEST_CASE("the memory of a secret that ends holds nothing of it") {
  CHECK(shown_by([] { const Secret secret{std::string(kLong)}; }) == 0);
  CHECK(shown_by([] { const Secret first{std::string(kLong)}, second(first); }) == 0);
  CHECK(shown_by([] {
          Secret first{std::string(kLong)};
          const Secret second(std::move(first));
        }) == 0);
}

TEST_CASE("the memory of a secret that is replaced holds nothing of it") {
  for (const std::string& next : {std::string(), kShort, kLong + kLong}) {
    const Secret source(next);
    CHECK(shown_by([&] {
            Secret secret{std::string(kLong)};
            secret = source;
          }) == 0);
    CHECK(shown_by([&] {
            Secret secret{std::string(kLong)};
            secret = Secret(next);
          }) == 0);
  }
}

TEST_CASE("what a secret held before it was cut is gone too") {
  CHECK(shown_by([] {
          std::string text = kLong;
          text.resize(3);
          const Secret secret(std::move(text));
        }) == 0);
}

TEST_CASE("a list of secrets that grows leaves nothing where it was") {
  for (const std::string& text : {kShort, kLong})
    CHECK(shown_by([&] {
            std::vector<Secret> list;
            for (int i = 0; i < 10; ++i) list.emplace_back(text);
          }) == 0);
}

TEST_CASE("a string that becomes a secret leaves nothing where it was") {
  struct Holder {
    std::string text;
  };
  CHECK(shown_by([] {
          auto holder = std::make_unique<Holder>(Holder{kShort});
          const Secret secret(std::move(holder->text));
        }) == 0);
}

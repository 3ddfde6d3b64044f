// SPDX-License-Identifier: Apache-2.0
// The pages of an id source stepped through the shape stage.
#include <catch2/catch_test_macros.hpp>

#include "pipeline/fake_store.hpp"
#include "prewarm/base/time_text.hpp"
#include "prewarm/pipeline/flow.hpp"
#include "support/fake_clock.hpp"

using namespace prewarm;
using namespace prewarm::pipeline;
using namespace std::chrono_literals;
using test::FakeStore;

namespace {

// A flight that has its first page, of pages by cursor.
struct Paged {
  testkit::FakeClock clock{parse_rfc3339("2026-05-01T13:00:00Z").value(), 1,
                           testkit::FakeClock::Waits::advance};
  FakeStore store{clock};
  shape::Shaper shaper;
  Flight flight;

  explicit Paged(const std::string& first) {
    schedule::UrlIds source;
    source.url.value = Secret("https://ids.example.net/?n=2");
    source.display_url = "https://ids.example.net/";
    source.pages =
        schedule::Pages{schedule::Pages::By::cursor, "c", schedule::Pointer::parse("/1").value(), 0};
    source.pointer = schedule::Pointer::parse("/0").value();
    auto schedule = std::make_shared<schedule::Schedule>();
    schedule->name = "users";
    schedule->env = "test";
    schedule->cron = std::get<schedule::Cron>(schedule::Cron::parse("@hourly"));
    schedule->zone = schedule::Zone::utc();
    schedule->store.keys = {
        std::get<schedule::KeyTemplate>(schedule::KeyTemplate::parse("{name}:{env}:{id}:v{version}"))};
    schedule->fanout.emplace().ids = std::move(source);
    flight.run.schedule = std::move(schedule);
    flight.run.deadline = clock.boot_now() + 30s;
    prepare(flight, store, clock);
    come(first);
  }
  void come(std::string body) {
    flight.body.bytes = std::move(body);
    pipeline::shape(flight, shaper, clock);
  }
  std::string next() const { return flight.listing->walk.url().reveal(); }
  std::string said() const { return flight.error ? flight.error->message : "nothing"; }
};

std::string ids_from(std::size_t first, std::size_t count) {
  std::string text;
  for (std::size_t i = first; i < first + count; ++i) text += (text.empty() ? "" : ",") + std::to_string(i);
  return "[" + text + "]";
}

}  // namespace

TEST_CASE("a flight wants ids until the last page of them has come") {
  Paged paged(R"([["a","b"],"x"])");
  CHECK(paged.flight.wants_ids());
  CHECK(paged.next() == "https://ids.example.net/?n=2&c=x");
  paged.come(R"([[],17])");
  CHECK(paged.flight.wants_ids());
  CHECK(paged.next() == "https://ids.example.net/?n=2&c=17");
  paged.come(R"([["b","c"],""])");
  CHECK_FALSE(paged.flight.wants_ids());
  CHECK_FALSE(paged.flight.listing);
  REQUIRE(paged.flight.fan);
  CHECK(paged.flight.fan->ids->size() == 3);
  CHECK((*paged.flight.fan->ids)[2] == "c");
}

TEST_CASE("null, an empty text and nothing at the cursor's place end the list; other kinds are an error") {
  for (const char* end : {R"([["a"],null])", R"([["a"],""])", R"([["a"]])"}) CHECK(Paged(end).flight.fan);
  CHECK(Paged(R"([["a"],0])").next() == "https://ids.example.net/?n=2&c=0");
  CHECK(Paged(R"([["a"],"\u00e9"])").next() == "https://ids.example.net/?n=2&c=%C3%A9");
  for (const char* other : {R"([["a"],false])", R"([["a"],[]])", R"([["a"],{"x":1}])"}) {
    const Paged paged(other);
    CHECK(paged.flight.error->kind == ErrorKind::id_source);
    CHECK(paged.said() ==
          "page 1 of https://ids.example.net/: at fanout.ids.pages.pointer \"/1\" is neither a text nor a "
          "number");
  }
}

TEST_CASE("a page that cannot be read ends the run, with its number and without a list") {
  Paged paged(R"([["a"],"x"])");
  paged.come(R"([["b",null],"y"])");
  CHECK(paged.said() ==
        "page 2 of https://ids.example.net/: element 1 of the ids is neither a text nor a number");
  CHECK_FALSE(paged.flight.wants_ids());
  CHECK_FALSE(paged.flight.fan);
}

TEST_CASE("a list has a million ids at most, over all its pages") {
  Paged paged("[" + ids_from(0, 600'000) + ",1]");
  REQUIRE(paged.flight.wants_ids());
  SECTION("as many") {
    paged.come("[" + ids_from(600'000, 400'000) + "]");
    REQUIRE(paged.flight.fan);
    CHECK(paged.flight.fan->ids->size() == kMaxIds);
  }
  SECTION("one more") {
    paged.come("[" + ids_from(600'000, 400'001) + "]");
    CHECK(paged.said() == "page 2 of https://ids.example.net/: the id source holds more than 1000000 ids");
    CHECK_FALSE(paged.flight.fan);
  }
}

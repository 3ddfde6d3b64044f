// SPDX-License-Identifier: Apache-2.0
// Which page of an id source comes next, and what ends the walk.
#include "prewarm/upstream/pages.hpp"

#include <catch2/catch_test_macros.hpp>

#include "prewarm/http/fetcher.hpp"

using namespace prewarm;
using namespace prewarm::upstream;
using schedule::Pages;

namespace {

schedule::UrlIds source(Pages pages, const std::string& url = "https://ids.example.net/v1/ids?t0ken=c4nary") {
  schedule::UrlIds ids;
  ids.url = {url, Secret(url)};
  ids.display_url = "https://ids.example.net/v1/ids";
  ids.pages = std::move(pages);
  return ids;
}

const Pages kLink{Pages::By::link, {}, {}, 0};
const Pages kCursor{Pages::By::cursor, "page[after]", schedule::Pointer::parse("/next").value(), 0};
const Pages kOffset{Pages::By::offset, "skip", {}, 2};
const std::string kBase = "https://ids.example.net/v1/ids?t0ken=c4nary";

Page linked(std::string_view link) {
  Page page;
  page.link = link;
  return page;
}
Page with_cursor(const std::string& cursor) {
  Page page;
  page.cursor = cursor;
  return page;
}
Page counted(std::size_t records, std::string_view body) {
  Page page;
  page.records = records;
  page.body = body;
  return page;
}

// The next page's URL, "end", or what is wrong behind "page N of URL ".
std::string turn(PageWalk& walk, const Page& page) {
  const std::string prefix = walk.name() + " ";
  const auto more = walk.turn(page);
  if (more) return *more ? walk.url().reveal() : "end";
  const Error& error = more.error();
  CHECK(error.kind == ErrorKind::id_source);
  CHECK_FALSE(error.retryable);
  CHECK_FALSE(error.remedy.empty());
  CHECK((error.message + error.remedy).find("c4nary") == std::string::npos);
  REQUIRE(error.message.starts_with(prefix));
  return error.message.substr(prefix.size());
}
std::string next_by_link(std::string_view link) {
  const auto ids = source(kLink);
  PageWalk walk(ids);
  return turn(walk, linked(link));
}

}  // namespace

TEST_CASE("without pages there is one, under the URL as it is") {
  auto ids = source(kLink);
  ids.pages.reset();
  PageWalk walk(ids);
  CHECK(walk.url().reveal() == kBase);
  CHECK(walk.name() == "the id source");
  CHECK(turn(walk, linked("<?page=2>; rel=next")) == "end");
}

TEST_CASE("a Link header with rel=next names the next page, seen from the page it came with") {
  const auto ids = source(kLink);
  PageWalk walk(ids);
  CHECK(walk.url().reveal() == kBase);
  CHECK(walk.number() == 1);
  CHECK(turn(walk, linked("<https://ids.example.net/v2/ids?page=2>; rel=\"next\", </>; rel=first")) ==
        "https://ids.example.net/v2/ids?page=2");
  CHECK(turn(walk, linked("<?page=3>; rel=\"last NEXT\"")) == "https://ids.example.net/v2/ids?page=3");
  CHECK(walk.number() == 3);
  CHECK(walk.name() == "page 3 of https://ids.example.net/v1/ids");
  CHECK(turn(walk, linked("<?page=2>; rel=prev")) == "end");
  CHECK(next_by_link("") == "end");
}

TEST_CASE("an anchor must be the page itself") {
  CHECK(next_by_link("<?p=2>; rel=next; anchor=\"\"") == "https://ids.example.net/v1/ids?p=2");
  CHECK(next_by_link("<?p=2>; rel=next; anchor=\"https://IDS.example.net/v1/ids?t0ken=c4nary\"") ==
        "https://ids.example.net/v1/ids?p=2");
  const std::string other = "has a Link header that names the next page of something else (\"anchor\")";
  for (const char* anchor : {"#part", "/v1/ids", "https://evil.example/", "?x", "not a url"})
    CHECK(next_by_link("<?p=2>; rel=next; anchor=\"" + std::string(anchor) + "\"") == other);
  CHECK(next_by_link("<?p=2>; rel=prev; anchor=\"/x\"") == "end");
}

TEST_CASE("what a Link header says in two ways, or not readably, or of another origin is an error") {
  CHECK(next_by_link("<?p=2>; rel=next, <?p=2#x>; rel=\"next\"") == "https://ids.example.net/v1/ids?p=2");
  CHECK(next_by_link("<?p=2>; rel=next, <?p=3>; rel=next") == "names two next pages in its Link headers");
  CHECK(next_by_link("<?p=2>; rel=\"next") == "has a Link header that cannot be read");
  CHECK(next_by_link("<?p=c4nary b>; rel=next") == "names a next page whose address cannot be read");
  const std::string elsewhere = "names a next page with another scheme, host or port, or with a login";
  CHECK(next_by_link("<https://evil.example/c4nary>; rel=next") == elsewhere);
  CHECK(next_by_link("<http://ids.example.net/c4nary>; rel=next") == elsewhere);
  CHECK(next_by_link("<//a:c4nary@ids.example.net/>; rel=next") == elsewhere);
  CHECK(next_by_link("<?p=2>; rel=next, <https://evil.example/>; rel=next") == elsewhere);
  CHECK(next_by_link("<https://evil.example/>; rel=last") == "end");
  std::string most = "<?p=2>; rel=next; title=\"";
  most += std::string(http::kMaxLinkBytes - most.size() - 1, 'x') + '"';
  CHECK(next_by_link(most) == "https://ids.example.net/v1/ids?p=2");
  CHECK(next_by_link(most + " ") == "has Link headers of more than 16 KiB");
}

TEST_CASE("a cursor goes into the query, encoded; the list ends without one") {
  const auto ids = source(kCursor);
  PageWalk walk(ids);
  CHECK(walk.url().reveal() == kBase);
  CHECK(turn(walk, with_cursor("a b&c=d#\xc3\xa9/+")) ==
        kBase + "&page%5Bafter%5D=a%20b%26c%3Dd%23%C3%A9%2F%2B");
  CHECK(turn(walk, with_cursor("0")) == kBase + "&page%5Bafter%5D=0");
  CHECK(turn(walk, {}) == "end");
  const auto plain = source(kCursor, "https://ids.example.net");
  PageWalk first(plain);
  CHECK(turn(first, with_cursor("x")) == "https://ids.example.net?page%5Bafter%5D=x");
}

TEST_CASE("an offset is sent from the first page on and grows by the step until a page is not full") {
  const auto ids = source(kOffset);
  PageWalk walk(ids);
  CHECK(walk.url().reveal() == kBase + "&skip=0");
  CHECK(turn(walk, counted(2, "[1,2]")) == kBase + "&skip=2");
  CHECK(turn(walk, counted(2, "[3,4]")) == kBase + "&skip=4");
  SECTION("short") { CHECK(turn(walk, counted(1, "[5]")) == "end"); }
  SECTION("empty") { CHECK(turn(walk, counted(0, "[]")) == "end"); }
  SECTION("too full")
  CHECK(turn(walk, counted(3, "[5,6,7]")) == "has 3 records, more than the \"step\" of 2");
  SECTION("the same once more")
  CHECK(turn(walk, counted(2, "[3,4]")) ==
        "is the same as the page before: the upstream does not heed \"skip\"");
}

TEST_CASE("a walk that leads back is an error") {
  const std::string back = "leads back to a page that came before it";
  const auto by_link = source(kLink);
  PageWalk links(by_link);
  CHECK(turn(links, linked("<?p=2>; rel=next")) == "https://ids.example.net/v1/ids?p=2");
  SECTION("to the page itself") CHECK(turn(links, linked("<>; rel=next")) == back);
  SECTION("to the first") CHECK(turn(links, linked("<" + kBase + ">; rel=next")) == back);
  const auto by_cursor = source(kCursor);
  PageWalk cursors(by_cursor);
  for (const char* cursor : {"a", "b", "c"}) turn(cursors, with_cursor(cursor));
  CHECK(turn(cursors, with_cursor("a")) == back);
}

TEST_CASE("a walk has an end") {
  const auto ids = source(kCursor);
  PageWalk walk(ids);
  for (std::size_t page = 1; page < kMaxPages; ++page)
    REQUIRE(walk.turn(with_cursor(std::to_string(page))).value());
  CHECK(walk.number() == kMaxPages);
  SECTION("there") CHECK(turn(walk, {}) == "end");
  SECTION("not there")
  CHECK(turn(walk, with_cursor("x")) == "is not the last one, and a list has at most 10000 pages");
}

TEST_CASE("an address of more than 8 KiB is an error") {
  const auto ids = source(kCursor);
  PageWalk walk(ids);
  const std::size_t rest = kMaxPageUrlBytes - (kBase + "&page%5Bafter%5D=").size();
  const std::string too_long = "gives the next one an address of more than 8 KiB";
  CHECK(turn(walk, with_cursor(std::string(rest + 1, 'x'))) == too_long);
  CHECK(turn(walk, with_cursor(std::string(rest, 'x'))).size() == kMaxPageUrlBytes);
}

// SPDX-License-Identifier: Apache-2.0
#include "store/store_url.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "store/world.hpp"

using namespace prewarm;
using namespace prewarm::store;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("each form of a store URL is read") {
  const StoreUrl plain = sure(parse_store_url("redis://cache.example.net"));
  CHECK(plain.kind == StoreKind::redis);
  CHECK(plain.host == "cache.example.net");
  CHECK(plain.port == 6379);
  CHECK(plain.db == 0);
  CHECK(plain.target == "redis://cache.example.net:6379/0");

  const StoreUrl full = sure(parse_store_url("rediss://us%65r:p%40s%3as@[2001:db8::1]:7000/12"));
  CHECK(full.kind == StoreKind::redis_tls);
  CHECK(full.host == "2001:db8::1");
  CHECK(full.port == 7000);
  CHECK(full.db == 12);
  CHECK(full.user == "user");
  CHECK(full.password.reveal() == "p@s:s");
  CHECK(full.target == "rediss://[2001:db8::1]:7000/12");

  const StoreUrl only_password = sure(parse_store_url("redis://:hush@127.0.0.1:6379/"));
  CHECK(only_password.user.empty());
  CHECK(only_password.password.reveal() == "hush");
  CHECK(only_password.target == "redis://127.0.0.1:6379/0");

  const StoreUrl socket = sure(parse_store_url("redis+unix:///run/re%20dis.sock?db=3"));
  CHECK(socket.kind == StoreKind::redis_unix);
  CHECK(socket.path == "/run/re dis.sock");
  CHECK(socket.db == 3);
  CHECK(socket.target == "redis+unix:///run/re dis.sock?db=3");

  const StoreUrl file = sure(parse_store_url("sqlite:my files/prewarm.db"));
  CHECK(file.kind == StoreKind::sqlite);
  CHECK(file.path == "my files/prewarm.db");
  CHECK(file.target == "sqlite:my files/prewarm.db");
}

TEST_CASE("a store URL that is not one is refused with a remedy and without showing it") {
  for (const char* text : {"",
                           "redis//",
                           "redis://a%0ab:hunter2@h/0",
                           "redis+unix:///run/a%1b.sock",
                           "redis:",
                           "redis://",
                           "redis:///0",
                           "REDIS://h",
                           "http://h",
                           "prewarm.db",
                           "sqlite:",
                           "sqlite::memory:",
                           "redis://hunter2@s@h",
                           "redis://u:hunter2@s@h",
                           "redis://u:hunter2/x@h",
                           "redis://u:hun:ter2@h",
                           "redis://u:hunter2%@h",
                           "redis://u:hunter2%4@h",
                           "redis://u:hunter2%zz@h",
                           "redis://u:hunter2%00@h",
                           "redis://h:0",
                           "redis://h:70000",
                           "redis://h:80 ",
                           "redis://h:+80",
                           "redis://h:8x",
                           "redis://h:",
                           "redis://h/x",
                           "redis://h/-1",
                           "redis://h/0/1",
                           "redis://h/9999999",
                           "redis://u:hunter2@h?db=1",
                           "redis://h#1",
                           "redis://h h",
                           "redis://[::1",
                           "redis://[::1]x",
                           "redis://[h]",
                           "redis://::1",
                           "redis://h\n",
                           "redis://$h",
                           "redis+unix://run/x.sock",
                           "redis+unix:///x?db=",
                           "redis+unix:///x?db=a",
                           "redis+unix:///x?password=hunter2",
                           "redis+unix://u:hunter2@/x",
                           "redis+cluster://h:1,i:2",
                           "redis+sentinel://h/s"}) {
    CAPTURE(text);
    const auto url = parse_store_url(text);
    REQUIRE_FALSE(url.ok());
    CHECK(url.error().kind == ErrorKind::invalid);
    CHECK_FALSE(url.error().remedy.empty());
    CHECK_THAT(url.error().message + url.error().remedy, !ContainsSubstring("hun"));
  }
  const auto long_path = parse_store_url("redis+unix:///" + std::string(120, 'x'));
  REQUIRE_FALSE(long_path.ok());
  CHECK_THAT(long_path.error().message, ContainsSubstring("107 bytes"));
}

TEST_CASE("a password in a store URL is noticed, also where the URL is not sound") {
  for (const char* text :
       {"redis://:hunter2@h", "redis://u:hunter2@h:1/0", "rediss://u:hunter2@h", "redis://u:p@ss@h",
        "redis:u:hunter2@h", "redis+unix://u:hunter2@/x", "redis+unix:///x?password=hunter2"})
    CHECK(url_holds_password(text));
  for (const char* text :
       {"redis://h", "redis://h:6379/0", "redis://u@h:6379", "redis://u:@h", "redis://[::1]:6379",
        "sqlite:a:b@c", "sqlite:prewarm.db", "redis+unix:///x?db=0", ""})
    CHECK_FALSE(url_holds_password(text));
}

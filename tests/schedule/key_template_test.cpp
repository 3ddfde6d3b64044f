// SPDX-License-Identifier: Apache-2.0
#include "prewarm/schedule/key_template.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace prewarm;
using namespace prewarm::schedule;

namespace {

const KeyNames kUsers{"users", "production", 2};

KeyTemplate sound(std::string_view text) { return std::get<KeyTemplate>(KeyTemplate::parse(text)); }
KeyFault fault(std::string_view text) { return std::get<KeyFault>(KeyTemplate::parse(text)); }
KeyTemplate::Lookup found(std::optional<std::string> text) {
  return [text = std::move(text)](const Pointer&) { return text; };
}

}  // namespace

TEST_CASE("a template is filled with name, environment, version and text of the record") {
  CHECK(sound("{name}:{env}:v{version}").fill(kUsers, found({})).value() == "users:production:v2");
  const KeyTemplate by_name = sound("{name}:{env}:username:{/username}:v{version}");
  CHECK(by_name.needs_record());
  CHECK(by_name.fill(kUsers, found("amara")).value() == "users:production:username:amara:v2");
  CHECK(by_name.pattern(kUsers) == "users:production:username:*:v2");
  CHECK(sound("a-{/a/b:c}.{name}@x:{env}:v{version}").fill(kUsers, found("1")).value() ==
        "a-1.users@x:production:v2");
}

TEST_CASE("text of the record can make no separator and no other environment") {
  const KeyTemplate key = sound("{name}:{env}:{/id}:v{version}");
  CHECK(key.fill(kUsers, found("a:b c/é")).value() == "users:production:a%3Ab%20c%2F%C3%A9:v2");
  CHECK(key.fill(kUsers, found("A-z_0.9@+")).value() == "users:production:A-z_0.9@+:v2");
  CHECK(encode_key_text(std::string("%\0{}*", 5)) == "%25%00%7B%7D%2A");
}

TEST_CASE("the id of a fan-out is filled in like text of the record") {
  const KeyTemplate key = sound("{name}:{env}:{id}.{/kind}:v{version}");
  CHECK(key.needs_id());
  CHECK(key.needs_record());
  CHECK(key.pattern(kUsers) == "users:production:*.*:v2");
  CHECK(key.fill(kUsers, found("k"), "a:b é").value() == "users:production:a%3Ab%20%C3%A9.k:v2");
  CHECK_FALSE(sound("{name}:{env}:v{version}").needs_id());
  CHECK_FALSE(sound("{name}:{env}:{/id}:v{version}").needs_id());
  CHECK_FALSE(sound("{name}:{env}:{id}:v{version}").needs_record());
}

TEST_CASE("a key with a hole for the id is not made without one, or above 512 bytes with it") {
  const KeyTemplate key = sound("{id}:{env}:v{version}");
  for (const std::string& id : {std::string(), std::string("prewarm"), std::string(200, ':')}) {
    const auto filled = key.fill(kUsers, found("x"), id);
    REQUIRE_FALSE(filled.ok());
    CHECK(filled.error().kind == ErrorKind::key);
  }
  CHECK(key.fill(kUsers, found("x"), std::string(165, ':')).ok());
}

TEST_CASE("a key without the record's text, above 512 bytes or in the ledger's name is not made") {
  const KeyTemplate key = sound("{/id}:{env}:v{version}");
  for (const auto& text :
       {std::optional<std::string>{}, std::optional<std::string>{""},
        std::optional<std::string>(std::string(500, 'x')), std::optional<std::string>{"prewarm"}}) {
    const auto filled = key.fill(kUsers, found(text));
    REQUIRE_FALSE(filled.ok());
    CHECK(filled.error().kind == ErrorKind::key);
  }
  const std::size_t rest = std::string(":production:v2").size();
  CHECK(key.fill(kUsers, found(std::string(512 - rest, 'x'))).ok());
  CHECK_FALSE(key.fill(kUsers, found(std::string(513 - rest, 'x'))).ok());
}

TEST_CASE("faulty templates are refused with one that would do") {
  struct Case {
    std::string_view text;
    int code;
    std::string_view remedy;
  };
  const Case cases[] = {
      {"users:v{version}", 120, "\"users:{env}:v{version}\""},
      {"users:{env}", 120, "\"users:{env}:v{version}\""},
      {"users:{env}:v3", 120, "\"users:{env}:v{version}\""},
      {"users:{env}:{version}", 120, "\"users:{env}:v{version}\""},
      {"users", 120, "\"users:{env}:v{version}\""},
      {"{name}{env}:v{version}", 120, "\"{name}-{env}:v{version}\""},
      {"{name}:{env}:{uid}:v{version}", 120, "\"{name}:{env}:{/uid}:v{version}\""},
      {"{name}:{env}:{ID}:v{version}", 120, "\"{name}:{env}:{id}:v{version}\""},
      {"{name}:{env}:{ids}:v{version}", 120, "\"{name}:{env}:{id}:v{version}\""},
      {"users:{env}:{name}{id}:v{version}", 120, "\"users:{env}:{name}-{id}:v{version}\""},
      {"users:{environment}:v{version}", 120, "\"users:{env}:v{version}\""},
      {"users:{Environment}:v{version}", 120, "\"users:{env}:v{version}\""},
      {"users:{enviroment}:v{version}", 120, "\"users:{env}:v{version}\""},
      {"users:{evn}:v{version}", 120, "\"users:{env}:v{version}\""},
      {"{schedule}:{env}:v{version}", 120, "\"{name}:{env}:v{version}\""},
      {"{scheduleName}:{env}:v{version}", 120, "\"{name}:{env}:v{version}\""},
      {"users:{env}:v{ver}", 120, "\"users:{env}:v{version}\""},
      {"users:{env}:{vresion}", 120, "\"users:{env}:v{version}\""},
      {"{game}:{env}:v{version}", 120, "\"{/game}:{env}:v{version}\""},
      {"users:{env}:{username}:v{version}", 120, "\"users:{env}:{/username}:v{version}\""},
      {"users::{env}:v{version}", 120, "\"users:{env}:v{version}\""},
      {"us ers:{env}:v{version}", 120, "\"us-ers:{env}:v{version}\""},
      {"us*:{env}:v{version}", 120, "\"us-:{env}:v{version}\""},
      {"users:{}:{env}:v{version}", 120, "\"users:{env}:v{version}\""},
      {"users:{env:v{version}", 120, ""},
      {"users:{env}:v{version}:", 120, "\"users:{env}:v{version}\""},
      {"", 120, "\"{name}:{env}:v{version}\""},
      {"usérs:{env}:v{version}", 120, "\"us--rs:{env}:v{version}\""},
      {"prewarm:{env}:v{version}", 122, "\"{name}:prewarm:{env}:v{version}\""},
      {"users:{env}:{/a~}:v{version}", 120, ""},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    REQUIRE(std::holds_alternative<KeyFault>(KeyTemplate::parse(c.text)));
    CHECK(fault(c.text).code == c.code);
    CHECK_FALSE(fault(c.text).reason.empty());
    if (!c.remedy.empty()) CHECK(fault(c.text).remedy == c.remedy);
  }
  CHECK(fault(std::string(490, 'x') + ":aaaaaaaaaaaaaaaaaaaaaaaa:{env}:v{version}").code == 121);
  CHECK(fault(std::string(100000, 'x')).code == 121);
}

TEST_CASE("what a refusal recommends is itself a sound template") {
  for (const std::string_view text :
       {"users", "x:y", "prewarm", "prewarm:v1", "{env}", "v{version}", ":::", "a b", "{name}{env}", "{id}",
        "users:{env}:v{version}:x", "{", "}", "{}", "users:{env:v{version}", "{a{b}", "{/a}{/b}"}) {
    INFO(text);
    const std::string remedy = fault(text).remedy;
    INFO(remedy);
    CHECK(std::holds_alternative<KeyTemplate>(KeyTemplate::parse(remedy.substr(1, remedy.size() - 2))));
  }
}

TEST_CASE("templates clash when they can write the same key") {
  const KeyNames experts{"experts", "production", 2};
  const auto meet = [&](std::string_view a, std::string_view b) {
    return clash(sound(a), kUsers, sound(b), experts) && clash(sound(b), experts, sound(a), kUsers);
  };
  CHECK(meet("all:{env}:v{version}", "all:{env}:v{version}"));
  CHECK(meet("users:{env}:v{version}", "users:{env}:v{version}"));
  CHECK(meet("{name}:{env}:v{version}", "users:{env}:v{version}"));
  CHECK_FALSE(meet("{name}:{env}:v{version}", "{name}:{env}:v{version}"));
  CHECK(meet("all:{env}:{/id}:v{version}", "all:{env}:x:v{version}"));
  CHECK(meet("all:{env}:{/id}:v{version}", "all:{env}:{/id}:v{version}"));
  CHECK_FALSE(meet("all:{env}:{/id}:v{version}", "all:{env}:v{version}"));
  CHECK(meet("all:{env}:{id}:v{version}", "all:{env}:{id}:v{version}"));
  CHECK(meet("all:{env}:{id}:v{version}", "all:{env}:{/id}:v{version}"));
  CHECK(meet("all:{env}:{id}:v{version}", "all:{env}:x:v{version}"));
  CHECK_FALSE(meet("{name}:{env}:{id}:v{version}", "{name}:{env}:{id}:v{version}"));
  CHECK_FALSE(meet("all:{env}:a:{/id}:v{version}", "all:{env}:b:{/id}:v{version}"));
  CHECK_FALSE(clash(sound("all:{env}:v{version}"), {"a", "production", 1}, sound("all:{env}:v{version}"),
                    {"b", "production", 2}));
}

TEST_CASE("a named template gives the same keys and faults") {
  for (const char* text : {"{name}:{env}:v{version}", "a-{id}.{name}@x:{env}:{/b}:v{version}",
                           "{id}:{env}:v{version}", "{/b}.c:{env}:{id}:v{version}"}) {
    const KeyTemplate key = sound(text), named = key.named(kUsers);
    CHECK(named.text() == key.text());
    for (const std::string id : {"", "u:1", "prewarm", "prewarmer"})
      for (const auto& value : {std::optional<std::string>("é"), std::optional<std::string>()}) {
        const auto plain = key.fill(kUsers, found(value), id), quick = named.fill(kUsers, found(value), id);
        INFO(text << " with " << id);
        REQUIRE(plain.ok() == quick.ok());
        CHECK((plain.ok() ? *plain == *quick : plain.error().message == quick.error().message));
      }
  }
}

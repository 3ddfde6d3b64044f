// SPDX-License-Identifier: Apache-2.0
// What upstreams write into their headers, the same bytes as each: dates are what the C library writes of the
// same instant; links are read back the same once written in the plainest form; a reference stays at the
// origin of its base and has no dots left; quotas and waits are within their bounds. The first line is the
// base of references.
#include <ctime>
#include <vector>

#include "fuzz/input.hpp"
#include "prewarm/upstream/exchange.hpp"
#include "prewarm/upstream/pages.hpp"
#include "prewarm/upstream/quota.hpp"
#include "schedule/url.hpp"
#include "upstream/answer.hpp"
#include "upstream/http_date.hpp"
#include "upstream/link.hpp"
#include "upstream/reference.hpp"
#include "upstream/url_text.hpp"

using namespace prewarm;
using namespace prewarm::upstream;
using http::Field;

namespace {

const WallTime kWall{std::chrono::seconds(1'777'640'400)};  // 2026-05-01T13:00:00Z
constexpr auto kForms = std::to_array<const char*>(
    {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"});

std::string written(const char* form, std::int64_t seconds) {
  const std::time_t time = seconds;
  std::tm parts{};
  gmtime_r(&time, &parts);
  std::string text(80, '\0');
  text.resize(std::strftime(text.data(), text.size(), form, &parts));
  return text;
}

// From the first blank or comma on: the name of the day may be any.
std::string without_day(std::string_view text) {
  return std::string(text.substr(std::min(text.find_first_of(" ,"), text.size())));
}

void check_date(std::string_view text) {
  const auto date = parse_http_date(text, kWall);
  if (!date) return;
  const std::int64_t seconds = date->time_since_epoch().count();
  if (text.find(":60") != std::string_view::npos) return;  // a leap second has no second name
  bool known = false;
  for (const char* form : kForms) {
    std::string shown = without_day(written(form, seconds));
    known = known || shown == without_day(text);
    // asctime's day may have a zero in front, and years before 1000 have theirs.
    if (seconds < -30'610'224'000) known = true;
    if (form == kForms[2] && shown.size() > 6 && shown[5] == ' ') {
      shown[5] = '0';
      known = known || shown == without_day(text);
    }
  }
  ENSURE(known);
  for (const char* form : {kForms[0], kForms[2]})
    if (seconds >= -30'610'224'000) ENSURE(parse_http_date(written(form, seconds), kWall) == date);
}

void check_retry(std::string_view text) {
  const auto wait = parse_retry_after(text, kWall);
  if (!wait) return;
  ENSURE(*wait >= Millis(0) && *wait <= std::chrono::days(3653));
  if (const auto date = parse_http_date(text, kWall); date && WallTime(*date) > kWall)
    ENSURE(*wait == std::min<Millis>(*date - kWall, std::chrono::days(3653)));
}

std::string plain(const std::vector<Link>& links) {
  const auto quoted = [](std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    return out + '"';
  };
  std::string out;
  for (const Link& link : links) {
    out += (out.empty() ? "<" : ", <") + std::string(link.target) + ">; rel=" + quoted(link.relations);
    if (link.anchor) out += "; anchor=" + quoted(*link.anchor);
  }
  return out;
}

bool same(const std::vector<Link>& a, const std::vector<Link>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Link& x, const Link& y) {
    return x.target == y.target && x.relations == y.relations && x.anchor == y.anchor;
  });
}

void check_links(std::string_view text) {
  const auto links = parse_links(text);
  if (!links) return;
  const std::string again = plain(*links), twice = std::string(text) + " , ," + again;
  const auto plainly = parse_links(again), doubled = parse_links(twice);
  ENSURE(plainly && same(*plainly, *links));
  ENSURE(doubled && doubled->size() == 2 * links->size());
  for (const Link& link : *links) {
    ENSURE(link.target.find('>') == std::string_view::npos);
    ENSURE(!link.is("next") || lower(link.relations).find("next") != std::string::npos);
  }
}

void check_reference(const std::string& base, std::string_view reference) {
  const auto result = resolve(base, reference);
  const auto* resolved = std::get_if<Resolved>(&result);
  if (!resolved) return;
  const std::string& url = resolved->url;
  const std::string origin = base.substr(0, base.find("://") + 3) + std::string(schedule::authority_of(base));
  ENSURE(url.starts_with(origin + "/") && url.find('#') == std::string::npos && fuzz::is_printable(url));
  ENSURE(schedule::authority_of(url) == schedule::authority_of(base));
  std::string path = url.substr(origin.size());
  path = path.substr(0, path.find('?')) + "/";
  ENSURE(path.find("/./") == std::string::npos && path.find("/../") == std::string::npos);
  for (const std::string& from : {base, url}) {
    const auto again = resolve(from, url);
    ENSURE(std::holds_alternative<Resolved>(again) && std::get<Resolved>(again).url == url);
  }
}

void check_walk(const std::string& base, std::string_view link) {
  schedule::UrlIds source;
  source.url = {base, Secret(base)};
  source.display_url = "https://api.example.net/ids";
  source.pages.emplace();
  PageWalk walk(source);
  const auto turned = walk.turn({.link = link});
  if (!turned)
    ENSURE(fuzz::is_printable(turned.error().message) && turned.error().kind == ErrorKind::id_source);
  const std::string origin = base.substr(0, base.find("://") + 3) + std::string(schedule::authority_of(base));
  ENSURE(walk.url().reveal().starts_with(origin) && walk.number() == (turned.ok() && *turned ? 2U : 1U));
}

void check_quota(std::string_view first, std::string_view second, std::string_view third) {
  for (const Field reset : {Field::ratelimit_reset, Field::ratelimit_reset_in, Field::ratelimit}) {
    http::ResponseHeaders headers;
    headers.set(Field::ratelimit_remaining, first);
    headers.set(reset, second);
    headers.set(Field::date, third);
    headers.set(Field::retry_after, second);
    const auto quota = quota_of(headers, kWall);
    if (quota) ENSURE(quota->left >= 0 && quota->resets_in >= Millis(0) && quota->resets_in <= kLongestWait);
    if (const auto wait = reset_of(headers, kWall)) ENSURE(*wait >= Millis(0) && *wait <= kLongestWait);
    if (const auto wait = retry_after_of(headers, kWall)) ENSURE(*wait >= Millis(0));
  }
}

void check_texts(std::string_view text) {
  std::string encoded, all;
  append_encoded(encoded, text);
  append_all_encoded(all, text);
  for (const char c : encoded) ENSURE(is_digit(c) || is_letter(c) || std::string_view("-._~%").find(c) < 5);
  ENSURE(schedule::percent_decoded(encoded) == text && schedule::percent_decoded(all) == text);
  const std::string host = target_host(text);
  for (const char c : host) ENSURE(is_digit(c) || is_letter(c) || std::string_view(".-:[]").find(c) < 5);
  ENSURE(charset_of(text) == lower(charset_of(text)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  std::string base(input.line());
  if (!std::holds_alternative<schedule::Url>(schedule::parse_url(base)))
    base = "https://api.example.net/a/b/c?d=e";
  fuzz::Input lines(data, size);
  lines.line();
  const std::string_view rest = input.rest();
  check_date(rest);
  check_retry(rest);
  check_links(rest);
  check_reference(base, rest);
  check_walk(base, rest);
  check_texts(rest);
  const std::string_view first = lines.line(), second = lines.line();
  check_quota(first, second, lines.rest());
  return 0;
}

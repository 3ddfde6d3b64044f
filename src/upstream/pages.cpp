// SPDX-License-Identifier: Apache-2.0
#include "prewarm/upstream/pages.hpp"

#include <utility>

#include "prewarm/base/hash.hpp"
#include "prewarm/base/json_text.hpp"
#include "prewarm/http/fetcher.hpp"
#include "upstream/link.hpp"
#include "upstream/reference.hpp"
#include "upstream/url_text.hpp"

namespace prewarm::upstream {
namespace {

using By = schedule::Pages::By;
using Next = std::optional<std::string>;

constexpr const char* kOtherWay =
    "\"pages\" with a cursor or an offset, if the upstream has them; or ask it why";
constexpr const char* kOneOrigin =
    "the address under which the upstream links its pages as \"url\": the headers go nowhere else";

}  // namespace

PageWalk::PageWalk(const schedule::UrlIds& source) : source_(source), url_(source.url.value) {
  if (source.pages && source.pages->by == By::offset) url_ = Secret(with_param("0"));
  seen_.insert(sha256(url_.reveal()));
}

std::string PageWalk::name() const {
  if (!source_.pages) return "the id source";
  return "page " + std::to_string(number_) + " of " + source_.display_url;
}

Error PageWalk::fault(const std::string& what, std::string remedy) const {
  return {ErrorKind::id_source, name() + " " + what, std::move(remedy)};
}

std::string PageWalk::with_param(std::string_view value) const {
  std::string url = source_.url.value.reveal();
  append_parameter(url, source_.pages->param, value);
  return url;
}

Result<bool> PageWalk::turn(const Page& page) {
  TRY_ASSIGN(Next next, next_url(page));
  if (!next) return false;
  if (next->size() > kMaxPageUrlBytes)
    return fault("gives the next one an address of more than 8 KiB", "ask the upstream for shorter ones");
  if (number_ == kMaxPages)
    return fault("is not the last one, and a list has at most " + std::to_string(kMaxPages) + " pages",
                 "larger pages, by what the upstream has for that in \"url\"");
  if (!seen_.insert(sha256(*next)).second)
    return fault("leads back to a page that came before it",
                 "check fanout.ids.pages; if it is right, ask the upstream why");
  url_ = Secret(*std::move(next));
  ++number_;
  return true;
}

Result<Next> PageWalk::next_url(const Page& page) {
  if (!source_.pages) return Next();
  switch (source_.pages->by) {
    case By::link:
      return by_link(page);
    case By::cursor:
      return by_cursor(page);
    case By::offset:
      return by_offset(page);
  }
  return Next();
}

Result<Next> PageWalk::by_link(const Page& page) const {
  if (page.link.size() > http::kMaxLinkBytes) return fault("has Link headers of more than 16 KiB", kOtherWay);
  const auto links = parse_links(page.link);
  if (!links) return fault("has a Link header that cannot be read", kOtherWay);
  Next next;
  for (const Link& link : *links) {
    if (!link.is("next")) continue;
    if (link.anchor && !is_this_page(*link.anchor))
      return fault("has a Link header that names the next page of something else (\"anchor\")", kOtherWay);
    auto target = resolve(url_.reveal(), link.target);
    if (const auto* bad = std::get_if<ReferenceFault>(&target))
      return *bad == ReferenceFault::elsewhere
                 ? fault("names a next page with another scheme, host or port, or with a login", kOneOrigin)
                 : fault("names a next page whose address cannot be read", kOtherWay);
    std::string& url = std::get_if<Resolved>(&target)->url;
    if (next && *next != url) return fault("names two next pages in its Link headers", kOtherWay);
    next = std::move(url);
  }
  return next;
}

bool PageWalk::is_this_page(std::string_view anchor) const {
  const auto named = resolve(url_.reveal(), anchor), ours = resolve(url_.reveal(), "");
  const auto* what = std::get_if<Resolved>(&named);
  return what != nullptr && !what->has_fragment && what->url == std::get_if<Resolved>(&ours)->url;
}

Next PageWalk::by_cursor(const Page& page) const {
  return page.cursor ? Next(with_param(*page.cursor)) : std::nullopt;
}

// A full page is followed by another one, be it empty.
Result<Next> PageWalk::by_offset(const Page& page) {
  const std::size_t step = source_.pages->step;
  const std::string param = json_quote(cut_text(source_.pages->param, 100));
  if (page.records > step)
    return fault(
        "has " + std::to_string(page.records) + " records, more than the \"step\" of " + std::to_string(step),
        "the page size of the upstream as \"step\"; or it does not heed " + param);
  if (page.records < step) return Next();
  const Digest body = sha256(page.body);
  if (last_body_ == body)
    return fault("is the same as the page before: the upstream does not heed " + param,
                 "the parameter that it calls so in fanout.ids.pages.param");
  last_body_ = body;
  return Next(with_param(std::to_string(number_ * step)));
}

}  // namespace prewarm::upstream

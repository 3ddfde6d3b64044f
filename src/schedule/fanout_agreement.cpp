// SPDX-License-Identifier: Apache-2.0
// What the parts of a fan-out say of each other, of the URL and of the key, and what is known of the host.
#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "draft.hpp"
#include "filling.hpp"
#include "prewarm/base/json_text.hpp"
#include "url.hpp"

namespace prewarm::schedule {
namespace {

// Hosts that answer to a batch in their own way, by their documentation.
struct KnownHost {
  std::string_view host;
  std::size_t most_ids;             // in one request
  std::string_view page_parameter;  // says how many records come in one answer
  std::size_t page;                 // where it is not given
};
constexpr auto kKnownHosts = std::to_array<KnownHost>({
    // GET /v1/users: "user_id … up to 100", "limit … default 10".
    {"api.clerk.com", 100, "limit", 10},
});

const KnownHost* known_host(std::string_view host) noexcept {
  for (const KnownHost& known : kKnownHosts)
    if (known.host == host) return &known;
  return nullptr;
}

std::string in_ids(std::string_view part) { return "/fanout/ids/" + std::string(part); }

// Exactly one source, and of a URL's parts none without it. What is misspelt was told (PW104).
void check_source(Draft& draft) {
  const auto field = draft.fields.find("/fanout/ids");
  if (field == draft.fields.end() || field->second.node->kind != NodeKind::object) return;
  if (field->second.node->children.empty())
    draft.report("/fanout/ids", {105, "names no source of ids", R"("file", "url" or "redisSet" in it)"});
  std::string_view first;
  for (const std::string_view source : {"file", "url", "redisSet"}) {
    if (!draft.given(in_ids(source))) continue;
    if (first.empty())
      first = source;
    else
      draft.report(in_ids(source), draft.place_of(in_ids(source)),
                   {114, "is a second source of ids beside " + json_quote(first), "take one of them out"});
  }
  for (const std::string_view part : {"pointer", "id", "headers", "pages"})
    if (draft.given(in_ids(part)) && !draft.given(in_ids("url")))
      draft.report(in_ids(part), draft.place_of(in_ids(part)),
                   {114, "belongs to ids from a \"url\", which is not there",
                    "\"url\": \"https://api.example.net/ids\", or take it out"});
}

// A part of `pages`, and who goes by it.
struct PagesPart {
  std::string_view name;
  Pages::By by;
  std::string_view what;
  std::string_view example;
};
constexpr auto kPagesParts = std::to_array<PagesPart>({
    {"param", Pages::By::cursor, "the name of the query parameter for the cursor", R"("param": "cursor")"},
    {"pointer", Pages::By::cursor, "where the body has the next page's cursor", R"("pointer": "/next")"},
    {"param", Pages::By::offset, "the name of the query parameter for the offset", R"("param": "offset")"},
    {"step", Pages::By::offset, "how many records a full page has",
     R"("step": 100, the page size that "url" asks for)"},
});

std::string in_pages(std::string_view part) { return in_ids("pages/" + std::string(part)); }

bool goes_by(Pages::By by, std::string_view part) noexcept {
  return std::any_of(kPagesParts.begin(), kPagesParts.end(),
                     [&](const PagesPart& each) { return each.by == by && each.name == part; });
}

void check_pages_parts(Draft& draft, const Pages& pages) {
  const std::string by = "\"by\": " + json_quote(draft.written(in_pages("by")));
  for (const PagesPart& part : kPagesParts)
    if (part.by == pages.by && !draft.given(in_pages(part.name)))
      draft.report(in_pages("by"), {114, "needs " + json_quote(part.name) + ", " + std::string(part.what),
                                    "add " + std::string(part.example)});
  for (const std::string_view part : {"param", "pointer", "step"})
    if (draft.given(in_pages(part)) && !goes_by(pages.by, part))
      draft.report(in_pages(part), {114, "is not for pages with " + by, "take it out, or another \"by\""});
}

// Of two values of one parameter only the upstream knows which one counts.
void check_pages_param(Draft& draft, const UrlIds& source) {
  const std::string& param = source.pages->param;
  // Without host a variable had no value.
  if (param.empty() || source.host.empty() || !draft.sound(in_ids("url"))) return;
  const auto members = query_of(source.url.value.reveal());
  if (std::any_of(members.begin(), members.end(),
                  [&](const auto& member) { return percent_decoded(member.first) == param; }))
    draft.report(in_pages("param"),
                 {114, "is in the query of \"url\" already, and each page would send it twice",
                  "take it out of \"url\""});
}

void check_pages(Draft& draft) {
  const auto* source = std::get_if<UrlIds>(&draft.schedule.fanout->ids);
  if (source == nullptr || !source->pages || !draft.given(in_pages("by")) || !draft.sound(in_pages("by")))
    return;
  check_pages_parts(draft, *source->pages);
  check_pages_param(draft, *source);
}

void check_batch(Draft& draft) {
  const std::size_t batch = draft.schedule.fanout->batch;
  const auto needs = [&](std::string_view part, std::string_view what, std::string_view example) {
    if (draft.given("/fanout/" + std::string(part))) return;
    draft.report("/fanout/batch",
                 {114, std::to_string(batch) + " needs " + json_quote(part) + ", " + std::string(what),
                  "add " + std::string(example)});
  };
  if (batch > 1) {
    needs("param", "the name of the query parameter for the ids",
          R"("param": "id", or what the API calls it)");
    needs("id", "where a record names its id", R"("id": "/id")");
    return;
  }
  for (const std::string_view part : {"/fanout/param", "/fanout/join"})
    if (draft.given(part))
      draft.report(
          part, {114, "is for a batch of several ids, but \"batch\" is 1", "\"batch\": 100, or take it out"});
}

// The URL may hold secrets, so its text is never the finding's value.
void check_url(Draft& draft) {
  const Schedule& schedule = draft.schedule;
  // Without host a variable had no value: what it would add is not known.
  if (!draft.sound("/fetch/url") || schedule.fetch.host.empty()) return;
  const std::size_t holes = id_holes(schedule.fetch.url.value.reveal());
  const std::size_t batch = schedule.fanout->batch;
  const auto refuse = [&](std::string message, std::string remedy) {
    draft.report("/fetch/url", draft.place_of("/fetch/url"), {114, std::move(message), std::move(remedy)});
  };
  if (batch > 1 && holes > 0)
    refuse("holds {id}, but one request asks for up to " + std::to_string(batch) + " ids",
           "take it out: fanout.param names them; or \"batch\": 1");
  else if (batch == 1 && holes == 0)
    refuse(
        "holds no {id}, so that every id would get the same answer",
        R"({id} where the id belongs, e.g. "https://api.example.net/users/{id}"; or a "batch" with "param")");
  else if (batch == 1 && holes > 1)
    refuse("holds {id} " + std::to_string(holes) + " times", "{id} once");
}

// A number that the query gives, in `fetch.query` or in the URL.
std::optional<std::string> query_value(const FetchSpec& fetch, std::string_view name) {
  for (const auto& [member, value] : fetch.query)
    if (member == name) return value.value.reveal();
  for (const auto& [member, value] : query_of(fetch.url.value.reveal()))
    if (member == name) return value;
  return std::nullopt;
}

void check_page(Draft& draft, const KnownHost& known) {
  const std::size_t batch = draft.schedule.fanout->batch;
  const auto given = query_value(draft.schedule.fetch, known.page_parameter);
  std::size_t page = known.page;
  if (given) {
    const auto [end, error] = std::from_chars(given->data(), given->data() + given->size(), page);
    if (error != std::errc{} || end != given->data() + given->size()) return;  // not ours to judge
  }
  if (batch <= page) return;
  const std::string parameter(json_quote(known.page_parameter));
  draft.report("/fanout/batch",
               {235,
                std::to_string(batch) + " is above the page size of " + std::string(known.host) + ", " +
                    std::to_string(page) + (given ? " by " : " without ") + parameter +
                    " in the query: the other ids of a batch would not come back",
                parameter + ": \"" + std::to_string(batch) + "\" in fetch.query"});
}

void check_known_host(Draft& draft) {
  const KnownHost* known = known_host(draft.schedule.fetch.host);
  if (known == nullptr || !draft.sound("/fetch/query")) return;
  const std::size_t batch = draft.schedule.fanout->batch;
  if (batch > known->most_ids)
    draft.report("/fanout/batch",
                 {234,
                  std::to_string(batch) + " is above " + std::to_string(known->most_ids) +
                      ", the most ids that " + std::string(known->host) + " takes in one request",
                  "at most " + std::to_string(known->most_ids)});
  else
    check_page(draft, *known);
}

}  // namespace

void check_fanout(Draft& draft) {
  check_source(draft);
  if (draft.schedule.fanout) check_pages(draft);
  if (!draft.schedule.fanout || !draft.sound("/fanout/batch")) return;
  check_batch(draft);
  check_url(draft);
  check_known_host(draft);
}

}  // namespace prewarm::schedule

// SPDX-License-Identifier: Apache-2.0
// Readers of the URLs that are called: the upstream's and the heartbeat's.
#include "filling.hpp"
#include "url.hpp"

namespace prewarm::schedule {
namespace {

constexpr std::string_view kIdHole = "{id}";

// What the file itself says of the URL, before any variable is looked at.
bool check_written_url(const Reading& in, IdHole id, const std::string& written) {
  bool sound = true;
  for (const auto& [name, value] : query_of(written))
    if (is_secret_parameter(name) && !value.empty() && value.find("${") == std::string::npos)
      sound = refuse_written_secret(in);
  if (id == IdHole::none && id_holes(written) > 0)
    sound = in.refuse(114, "holds {id}, which only a fan-out fills in, in fetch.url",
                      "write the id itself, or ${NAME}; or \"fanout\": { \"ids\": [...] }");
  return sound;
}

// The URL with an id of the same length as its hole.
std::string with_an_id(std::string url) {
  for (std::size_t at = url.find(kIdHole); at != std::string::npos; at = url.find(kIdHole, at))
    url.replace(at, kIdHole.size(), "1234");
  return url;
}

std::variant<Url, Complaint> parse_filled(const std::string& url, IdHole id) {
  if (id == IdHole::none) return parse_url(url);
  // An id that named the host would send our secrets wherever it likes.
  if (id_holes(authority_of(url)) > 0)
    return Complaint{230, "holds {id} in its host", "{id} in the path or in the query"};
  return parse_url(with_an_id(url));
}

Secret origin_of(const Url& url) {
  const int port = url.port != 0 ? url.port : url.https ? 443 : 80;
  return Secret((url.https ? "https://" : "http://") + url.host + ":" + std::to_string(port));
}

bool all_numbers(std::string_view text) {
  return text.find_first_not_of("0123456789.") == std::string_view::npos;
}

// Nobody is on the way to this machine itself. Names under .localhost lead there too (RFC 6761).
bool is_this_machine(std::string_view host) {
  constexpr std::string_view kName = ".localhost", kFirst = "127.";
  if (host == "localhost" || host == "[::1]") return true;
  if (host.size() > kName.size() && host.substr(host.size() - kName.size()) == kName) return true;
  return host.substr(0, kFirst.size()) == kFirst && all_numbers(host);
}

void warn_of_plain_http(const Reading& in, const Url& url) {
  if (url.https || is_this_machine(url.host)) return;
  in.refuse(231, "is plain http: whoever is on the way can read and change it",
            "https://, or \"allow\": [\"PW231\"]");
}

}  // namespace

std::size_t id_holes(std::string_view text) noexcept {
  std::size_t count = 0;
  for (std::size_t at = text.find(kIdHole); at != std::string_view::npos; at = text.find(kIdHole, at + 1))
    ++count;
  return count;
}

bool read_called_url(const Reading& in, IdHole id, const CalledUrl& out) {
  if (in.node.kind != NodeKind::text) return refuse_text(in);
  const Filling filling = fill_node(in, {}, out.url);
  if (!filling.sound) return false;
  const std::string& written = out.url.written;
  out.display_url = without_query(written);
  if (!check_written_url(in, id, written)) return false;
  if (!filling.whole) return true;
  auto parsed = parse_filled(out.url.value.reveal(), id);
  if (auto* complaint = std::get_if<Complaint>(&parsed)) return in.refuse(std::move(*complaint));
  const Url& url = *std::get_if<Url>(&parsed);
  // A host that comes out of a variable is named as the file names it.
  const std::string_view host = authority_of(written);
  out.host = host.find("${") == std::string_view::npos ? url.host : std::string(host);
  out.origin = origin_of(url);
  warn_of_plain_http(in, url);
  return true;
}

bool read_url(const Reading& in) {
  FetchSpec& fetch = in.draft.schedule.fetch;
  const bool fanout = in.draft.document.root.find("fanout") != nullptr;
  return read_called_url(in, fanout ? IdHole::filled : IdHole::none,
                         {fetch.url, fetch.display_url, fetch.host, fetch.origin});
}

bool read_heartbeat(const Reading& in) {
  if (in.node.kind != NodeKind::text) return refuse_text(in);
  FilledText url;
  const Filling filling = fill_node(in, FillRules{true, false}, url);
  if (!filling.sound) return false;
  if (!filling.whole || url.value.empty()) return true;
  auto parsed = parse_url(url.value.reveal());
  if (auto* complaint = std::get_if<Complaint>(&parsed)) return in.refuse(std::move(*complaint));
  warn_of_plain_http(in, *std::get_if<Url>(&parsed));
  in.draft.schedule.heartbeat.url = std::move(url.value);
  return true;
}

}  // namespace prewarm::schedule

// SPDX-License-Identifier: Apache-2.0
// One schedule file, or two with a line "=====" between them, through the loader of the worker. Either there
// is a catalog or an error with a place in its file; findings are single harmless lines and hold no value of
// a variable; loading again says the same. What is taken keeps the promises that a file can break: TTLs,
// keys, header values. A file is a document for us if it is one for another parser once its comments are
// blanks.
#include <simdjson.h>

#include <vector>

#include "fuzz/input.hpp"
#include "prewarm/base/json.hpp"
#include "prewarm/base/time_text.hpp"
#include "prewarm/schedule/catalog.hpp"
#include "prewarm/upstream/requests.hpp"
#include "schedule/arithmetic.hpp"
#include "schedule/document.hpp"
#include "schedule/url.hpp"

using namespace prewarm;
using namespace prewarm::schedule;

namespace {

// Of a value of a variable what would show in no text that may be shown: a host is shown, so it begins with
// one.
constexpr std::string_view kCanary = "Canary-7f3A";

std::optional<std::string> variable(std::string_view name) {
  if (name == "TOKEN" || name == "LASTFM_API_KEY" || name == "LISTENBRAINZ_TOKEN")
    return "api.example.org/" + std::string(kCanary);
  if (name == "WORD") return "word";
  if (name == "EMPTY") return "";
  if (name == "LINES") return "two\r\nlines " + std::string(kCanary);
  if (name == "BYTES") return "\xff" + std::string(kCanary);
  if (name == "SECRET_FILE") return "secret";
  return std::nullopt;
}

Result<std::string> read_file(const std::string& path) {
  if (path == "secret") return std::string(kCanary) + "\n";
  if (path.ends_with("ids.txt")) return std::string("one\ntwo\n\nthree\n");
  return Error{ErrorKind::invalid, "does not exist"};
}

LoadInput input_of(std::string_view text, bool redis) {
  LoadInput input;
  const auto border = text.find("\n=====\n");
  input.files.push_back({"schedules/news.jsonc", std::string(text.substr(0, border))});
  if (border != std::string_view::npos)
    input.files.push_back({"schedules/a-b.json", std::string(text.substr(border + 7))});
  input.env = "production";
  input.now = WallTime(std::chrono::seconds(1'777'640'628));
  input.store_is_redis = redis;
  input.variable = variable;
  input.read_file = read_file;
  return input;
}

// A text like this one whose comments are blanks; nothing if one does not end.
std::optional<std::string> without_comments(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '"') {
      const std::size_t begin = i++;
      while (i < text.size() && text[i] != '"') i += text[i] == '\\' ? 2 : 1;
      i = std::min(i + 1, text.size());
      out += text.substr(begin, i - begin);
    } else if (text.substr(i, 2) == "//") {
      i = std::min(text.find_first_of("\r\n", i), text.size());
      out += ' ';
    } else if (text.substr(i, 2) == "/*") {
      const auto end = text.find("*/", i + 2);
      if (end == std::string_view::npos) return std::nullopt;
      i = end + 2;
      out += ' ';
    } else {
      out += text[i++];
    }
  }
  return out;
}

bool same(const Node& node, const simdjson::dom::element& tree) {
  using simdjson::dom::element_type;
  switch (node.kind) {
    case NodeKind::object: {
      if (!tree.is_object()) return false;
      std::vector<std::string_view> seen;
      for (const auto [name, child] : simdjson::dom::object(tree)) {
        if (std::find(seen.begin(), seen.end(), name) != seen.end()) continue;
        seen.push_back(name);
        const Node* mine = node.find(name);
        if (mine == nullptr || !same(*mine, child)) return false;
      }
      return seen.size() == node.children.size();
    }
    case NodeKind::list: {
      if (!tree.is_array() || simdjson::dom::array(tree).size() != node.children.size()) return false;
      std::size_t i = 0;
      for (const simdjson::dom::element child : simdjson::dom::array(tree))
        if (!same(node.children[i++], child)) return false;
      return true;
    }
    case NodeKind::text: {
      std::string_view text;
      return !tree.get(text) && node.text == text;
    }
    case NodeKind::number:
      return tree.is_number();
    case NodeKind::boolean:
      return tree.is_bool() && (node.text == "true") == tree.get_bool().value();
    case NodeKind::null:
      return tree.is_null();
  }
  return false;
}

void check_document(const std::string& bytes) {
  const auto read = read_document(bytes);
  const auto* document = std::get_if<Document>(&read);
  if (const auto* fault = std::get_if<DocumentFault>(&read)) {
    ENSURE((fault->code == 101 || fault->code == 107) && fault->at <= bytes.size());
    ENSURE(fuzz::is_printable(fault->message) && fuzz::is_printable(fault->remedy));
  }
  const auto plain = without_comments(bytes);
  const bool sound = plain && !scan_json(*plain);
  if (document) ENSURE(sound);
  if (!sound) return;
  static simdjson::dom::parser parser;
  simdjson::dom::element tree;
  if (parser.parse(*plain).get(tree)) return;  // numbers and surrogates beyond its types
  if (document) {
    ENSURE(same(document->root, tree) && !scan_json(compact_json(document->root)));
    for (const Document::Repeat& repeat : document->repeats)
      ENSURE(repeat.at < bytes.size() && repeat.first_at < repeat.at && bytes[repeat.at] == '"');
    return;
  }
  const auto& fault = std::get<DocumentFault>(read);
  ENSURE(fault.code == 107 || bytes.find('\0') != std::string::npos || bytes.starts_with("\xef\xbb\xbf"));
}

void check_finding(const Finding& finding, const LoadInput& input) {
  const std::string line = finding_text(finding);
  ENSURE(fuzz::is_printable(line) && line.find(kCanary) == std::string::npos && line.size() < 4000);
  ENSURE(finding.value.find(kCanary) == std::string::npos && finding.code > 0);
  const auto file = std::find_if(input.files.begin(), input.files.end(),
                                 [&](const SourceFile& one) { return one.path == finding.place.file; });
  ENSURE(file != input.files.end());
  const auto lines = std::count(file->bytes.begin(), file->bytes.end(), '\n') +
                     std::count(file->bytes.begin(), file->bytes.end(), '\r');
  ENSURE(finding.place.line >= 1 && finding.place.line <= lines + 1);
  ENSURE(finding.place.column >= 1 && finding.place.column <= static_cast<int>(file->bytes.size()) + 1);
}

void check_shown(const std::string& text) { ENSURE(text.find(kCanary) == std::string::npos); }

// Whatever the ids are, the requests are URLs of the same host.
void check_fanout(const Schedule& schedule) {
  IdList ids;
  for (const char* id : {"7", "a/../b", "?x=y#z", "\xc3\xa9 &", "%2f{id}"}) ids.add(id);
  const upstream::FanoutRequests requests(schedule);
  const std::size_t count = upstream::request_count(*schedule.fanout, ids.size());
  for (std::size_t i = 0; i < count; ++i) {
    const http::Request request = requests.of(ids, upstream::ids_of(*schedule.fanout, ids.size(), i));
    const std::string& url = request.url.reveal();
    ENSURE(fuzz::is_printable(url) && url.find(' ') == std::string::npos);
    ENSURE(authority_of(url) == authority_of(schedule.fetch.url.value.reveal()));
    check_shown(request.display);
  }
  if (const auto* source = std::get_if<UrlIds>(&schedule.fanout->ids)) {
    check_shown(source->display_url);
    ENSURE(std::holds_alternative<Url>(parse_url(source->url.value.reveal())));
  }
}

void check_schedule(const Schedule& schedule) {
  ENSURE(schedule.name == "news" || schedule.name == "a-b");
  ENSURE(schedule.store.version >= 1 && schedule.store.version <= 999'999'999);
  ENSURE(schedule.store.ttl >= least_ttl(schedule) && schedule.timeout > Millis(0));
  ENSURE(!schedule.cron.never_fires() && schedule.gaps.shortest.count() > 0);
  ENSURE(!schedule.store.keys.empty() && schedule.config_hash.size() == 8);
  for (const KeyTemplate& key : schedule.store.keys) {
    const auto again = KeyTemplate::parse(key.text());
    ENSURE(std::get<KeyTemplate>(again).pattern(schedule.key_names()) == key.pattern(schedule.key_names()));
    ENSURE(!key.needs_id() || schedule.fanout);
  }
  for (const std::string* text :
       {&schedule.fetch.display_url, &schedule.fetch.host, &schedule.fetch.url.written, &schedule.config_hash,
        &schedule.description, &schedule.owner})
    check_shown(*text);
  for (const auto& [name, value] : schedule.fetch.headers)
    ENSURE(fuzz::is_printable(name) && fuzz::is_printable(value.value.reveal()));
  // Where {id} stands a fan-out fills it in first.
  std::string url = schedule.fetch.url.value.reveal();
  for (std::size_t at = 0; (at = url.find("{id}", at)) != std::string::npos;) url.replace(at, 4, "7");
  ENSURE(std::holds_alternative<Url>(parse_url(url)));
  if (schedule.fetch.host.find("${") == std::string::npos)
    ENSURE(std::get<Url>(parse_url(url)).host == schedule.fetch.host);
  if (schedule.fanout) return check_fanout(schedule);
  const http::Request request = upstream::build_request(schedule);
  ENSURE(request.url.reveal().starts_with(schedule.fetch.url.value.reveal().substr(0, 8)));
  ENSURE(fuzz::is_printable(request.url.reveal()) && request.url.reveal().find(' ') == std::string::npos);
  check_shown(request.display);
  for (const auto& [name, value] : request.headers) ENSURE(fuzz::is_printable(value.reveal()));
}

std::string told(const LoadResult& result) {
  std::string out;
  for (const Finding& finding : result.findings) out += finding_text(finding) + "\n";
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const LoadInput input = input_of(text, size % 2 == 0);
  check_document(input.files[0].bytes);
  const LoadResult result = load_catalog(input);
  ENSURE((result.catalog == nullptr) == has_errors(result.findings));
  for (const Finding& finding : result.findings) check_finding(finding, input);
  const LoadResult again = load_catalog(input);
  ENSURE(told(again) == told(result));
  if (!result.catalog) return 0;
  ENSURE(result.catalog->schedules.size() == input.files.size());
  for (const SchedulePtr& schedule : result.catalog->schedules) {
    check_schedule(*schedule);
    ENSURE(result.catalog->find(schedule->name) == schedule);
    ENSURE(again.catalog->find(schedule->name)->config_hash == schedule->config_hash);
  }
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// The answer to a fan-out, and the answer of an id source. Lines: the ids asked for, divided by blanks;
// pointers to the records, to a record's id, and to the cursor of the next page; behind them the body. Each
// record is somebody's, a stranger's or nameless, and a value of an id is the first record that simdjson's
// tree has for it.
#include <map>
#include <vector>

#include "fuzz/input.hpp"
#include "fuzz/tree.hpp"
#include "prewarm/base/json.hpp"
#include "prewarm/shape/shape.hpp"

using namespace prewarm;
using fuzz::Tree;

namespace {

schedule::Pointer pointer_of(std::string_view text) {
  auto pointer = schedule::Pointer::parse(text);
  // The operator's own control characters are in messages, until they are shown.
  return pointer && fuzz::is_printable(text) ? *std::move(pointer) : schedule::Pointer();
}

IdList ids_of(std::string_view line) {
  IdList ids;
  while (!line.empty()) {
    const auto end = std::min(line.find(' '), line.size());
    const std::string_view id = line.substr(0, end);
    const auto added = ids.add(id);
    ENSURE((added == IdList::Added::bad_length) == (id.empty() || id.size() > kMaxIdBytes));
    if (added == IdList::Added::yes) ENSURE(ids[ids.size() - 1] == id);
    if (added != IdList::Added::bad_length) ENSURE(ids[*ids.find(id)] == id);
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return ids;
}

// The text of an id in the tree; nothing for a number, whose bytes the tree does not keep.
std::optional<std::string> text_at(const Tree& record, const schedule::Pointer& pointer) {
  const auto found = fuzz::at(record, pointer);
  std::string_view text;
  if (!found || found->get(text)) return std::nullopt;
  return std::string(text);
}

schedule::Schedule schedule_of(const schedule::Pointer& records, const schedule::Pointer& id) {
  schedule::Schedule made;
  made.name = "users";
  made.env = "production";
  made.store.version = 2;
  made.store.keys = {
      std::get<schedule::KeyTemplate>(schedule::KeyTemplate::parse("{name}:{env}:{id}:v{version}"))};
  made.guard.allow_null = true;
  made.fanout.emplace();
  made.fanout->batch = 100;
  made.fanout->records = records;
  made.fanout->id = id;
  return made;
}

void check_records(const shape::Records& records, const schedule::Schedule& schedule, const IdList& ids,
                   const Tree* root) {
  std::map<std::size_t, int> seen;
  for (const shape::IdValue& value : records.values) {
    ENSURE(value.id < ids.size() && ++seen[value.id] == 1);
    if (!value.shaped) {
      ENSURE(fuzz::is_printable(value.shaped.error().message));
      continue;
    }
    ENSURE(value.shaped->keys.size() == 1);
    ENSURE(value.shaped->keys[0] == "users:production:" + schedule::encode_key_text(ids[value.id]) + ":v2");
    ENSURE(!scan_json(value.shaped->payload.view()));
  }
  for (const Error& error : records.without_id) ENSURE(fuzz::is_printable(error.message));
  if (!root) return;
  const auto array = fuzz::at(*root, schedule.fanout->records);
  ENSURE(array && array->is_array());
  const std::size_t count = simdjson::dom::array(*array).size();
  ENSURE(records.values.size() + records.without_id.size() + records.strangers <= count);
  std::map<std::string, std::vector<Tree>> by_text;
  for (const Tree record : simdjson::dom::array(*array))
    if (const auto text = text_at(record, schedule.fanout->id)) by_text[*text].push_back(record);
  for (const shape::IdValue& value : records.values) {
    const auto found = by_text.find(std::string(ids[value.id]));
    if (found == by_text.end() || found->second.size() > 1 || !value.shaped) continue;
    ENSURE(fuzz::compact(value.shaped->payload.view()) == fuzz::compact(found->second[0]));
  }
}

bool same(const shape::Records& a, const shape::Records& b) {
  if (a.values.size() != b.values.size() || a.without_id.size() != b.without_id.size()) return false;
  for (std::size_t i = 0; i < a.values.size(); ++i) {
    const auto &x = a.values[i].shaped, &y = b.values[i].shaped;
    if (a.values[i].id != b.values[i].id || x.ok() != y.ok()) return false;
    if (x.ok() && x->payload.view() != y->payload.view()) return false;
  }
  return a.strangers == b.strangers;
}

void check_ids(const schedule::Pointer& list, const schedule::Pointer& id, const schedule::Pointer& cursor,
               const run::Body& body, shape::Shaper& shaper, const Tree* root) {
  schedule::UrlIds source;
  source.pointer = list;
  if (!id.whole()) source.id = id;
  source.pages.emplace();
  source.pages->by = schedule::Pages::By::cursor;
  source.pages->param = "after";
  source.pages->pointer = cursor;
  IdList ids;
  const auto page = shaper.ids(source, body, ids);
  if (!page) {
    ENSURE(page.error().kind == ErrorKind::id_source || page.error().kind == ErrorKind::parse);
    ENSURE(fuzz::is_printable(page.error().message) && page.error().message.size() < 1000);
    return;
  }
  ENSURE(ids.size() <= page->records && (!page->cursor || !page->cursor->empty()));
  if (!root) return;
  const auto array = fuzz::at(*root, list);
  ENSURE(array && array->is_array() && simdjson::dom::array(*array).size() == page->records);
  for (const Tree element : simdjson::dom::array(*array))
    if (const auto text = text_at(element, id)) ENSURE(ids.find(*text).has_value());
  if (const auto next = text_at(*root, cursor)) ENSURE(page->cursor.value_or("") == *next);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const IdList ids = ids_of(input.line());
  const schedule::Pointer list = pointer_of(input.line()), id = pointer_of(input.line());
  const schedule::Pointer cursor = pointer_of(input.line());
  run::Body padded, bare;
  bare.bytes = input.rest();
  padded.bytes.reserve(bare.bytes.size() + kJsonPadding);
  padded.bytes = bare.bytes;
  simdjson::dom::parser parser;
  Tree tree;
  const Tree* root = parser.parse(padded.bytes).get(tree) ? nullptr : &tree;
  static shape::Shaper shaper;
  const schedule::Schedule schedule = schedule_of(list, id);
  if (!ids.empty() && ids.size() <= 100) {
    const shape::Asked asked{ids, 0, ids.size()};
    const auto records = shaper.records(schedule, padded, asked);
    if (records)
      check_records(*records, schedule, ids, root);
    else
      ENSURE(fuzz::is_printable(records.error().message));
    // Without simdjson's index the same is read a byte at a time.
    const auto slowly = shaper.records(schedule, bare, asked);
    ENSURE(slowly.ok() == records.ok() &&
           (records.ok() ? same(*slowly, *records) : slowly.error().message == records.error().message));
  }
  check_ids(list, id, cursor, padded, shaper, root);
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
#include "shape/records.hpp"

#include <algorithm>

#include "prewarm/base/json_text.hpp"
#include "prewarm/base/json_walk.hpp"
#include "shape/find.hpp"
#include "shape/guard.hpp"
#include "shape/mould.hpp"
#include "shape/value_ends.hpp"

namespace prewarm::shape {
namespace {

// The text of an id: that of a string, or the bytes of a number. `held` keeps an unescaped text alive.
std::optional<std::string_view> id_text(std::string_view value, std::string& held) {
  const auto type = json_type(value);
  if (type == JsonType::number) return value;
  if (type != JsonType::string) return std::nullopt;
  const std::string_view inside = value.substr(1, value.size() - 2);
  if (inside.find('\\') == std::string_view::npos) return inside;
  auto text = json_unquote(value);
  if (!text) return std::nullopt;
  held = std::move(*text);
  return held;
}

// Which of the ids that were asked for a record belongs to. Most upstreams answer in the order asked, so the
// next one is tried before the list is searched.
class Matcher {
 public:
  explicit Matcher(const Asked& asked) : asked_(asked), seen_(asked.count, kNever) {}

  std::optional<std::size_t> find(std::string_view id) {
    if (next_ < asked_.count && asked_.ids[asked_.first + next_] == id) return next_++;
    const auto index = asked_.ids.find(id);
    if (!index || *index < asked_.first || *index - asked_.first >= asked_.count) return std::nullopt;
    next_ = *index - asked_.first + 1;
    return *index - asked_.first;
  }
  /// Notes where the value of an id stands; the place of an earlier one, if there was one.
  std::optional<std::size_t> note(std::size_t offset, std::size_t place) {
    if (seen_[offset] != kNever) return seen_[offset];
    seen_[offset] = place;
    return std::nullopt;
  }

 private:
  static constexpr std::size_t kNever = static_cast<std::size_t>(-1);
  const Asked& asked_;
  std::vector<std::size_t> seen_;
  std::size_t next_ = 0;
};

// Reads the records of one body.
class RecordReader {
 public:
  RecordReader(const schedule::Schedule& schedule, const Asked& asked)
      : schedule_(schedule), asked_(asked), names_(schedule.key_names()), matcher_(asked) {
    records_.values.reserve(asked.count);
    if (schedule.fanout->batch == 1) return;  // `sole` makes one record
    for (const schedule::KeyTemplate& key : schedule.store.keys) keys_.push_back(key.named(names_));
  }

  void sole(std::string_view record) {
    const std::string_view id = asked_.ids[asked_.first];
    records_.values.push_back(
        {asked_.first, shape_record(schedule_, {schedule_.store.keys, names_, id, record})});
  }
  void element(std::string_view record, std::size_t index) {
    const auto value = find_value(record, 0, schedule_.fanout->id);
    const auto id = value ? id_text(*value, held_) : std::nullopt;
    if (!id) return nameless(index, value.has_value());
    const auto offset = matcher_.find(*id);
    if (!offset) {
      ++records_.strangers;
      return;
    }
    if (const auto earlier = matcher_.note(*offset, records_.values.size())) return twice(*earlier, *id);
    records_.values.push_back(
        {asked_.first + *offset, shape_record(schedule_, {keys_, names_, *id, record})});
  }
  Records take() { return std::move(records_); }

 private:
  void nameless(std::size_t index, bool wrong_kind) {
    records_.without_id.push_back({ErrorKind::record_id,
                                   "record " + std::to_string(index) + " has no id: " +
                                       json_quote(cut_text(schedule_.fanout->id.text(), 80)) +
                                       (wrong_kind ? " is neither a text nor a number" : " finds nothing"),
                                   "if this answer is right, change fanout.id"});
  }
  void twice(std::size_t earlier, std::string_view id) {
    records_.values[earlier].shaped =
        Error{ErrorKind::key_twice, "two records have the id " + json_quote(cut_text(id, 80)),
              "ask the upstream why"};
  }

  const schedule::Schedule& schedule_;
  const Asked& asked_;
  const schedule::KeyNames names_;
  std::vector<schedule::KeyTemplate> keys_;  // named
  Matcher matcher_;
  Records records_;
  std::string held_;
};

Error no_records(const schedule::FanoutSpec& fanout, const std::string& why) {
  return {ErrorKind::shape, "fanout.records " + json_quote(cut_text(fanout.records.text(), 80)) + " " + why,
          "if this answer is right, change fanout.records"};
}

Error bad_source(const std::string& what) {
  return {ErrorKind::id_source, what, "check fanout.ids: url, pointer and id"};
}

Result<void> add_id(std::string_view id, std::size_t index, IdList& ids) {
  switch (ids.add(id)) {
    case IdList::Added::bad_length:
      return bad_source("element " + std::to_string(index) + " of the ids has " + std::to_string(id.size()) +
                        " bytes; an id has 1 to " + std::to_string(kMaxIdBytes));
    case IdList::Added::too_many:
      return bad_source("the id source holds more than " + std::to_string(kMaxIds) + " ids");
    default:
      return {};
  }
}

// What stands for "no further page": nothing, null, an empty text.
Result<std::optional<std::string>> read_cursor(const schedule::Pointer& pointer, std::string_view body,
                                               std::size_t root) {
  std::string held;
  const auto value = find_value(body, root, pointer);
  if (!value || json_type(*value) == JsonType::null) return std::optional<std::string>();
  const auto text = id_text(*value, held);
  if (!text)
    return Error{ErrorKind::id_source,
                 "at fanout.ids.pages.pointer " + json_quote(cut_text(pointer.text(), 80)) +
                     " is neither a text nor a number",
                 "the pointer to the next page's cursor"};
  return text->empty() ? std::nullopt : std::optional(std::string(*text));
}

}  // namespace

Result<Shaped> shape_record(const schedule::Schedule& schedule, const KeySource& source) {
  const auto cap = static_cast<std::size_t>(schedule.fetch.max_bytes.count);
  TRY_ASSIGN(Shaped shaped,
             mould(schedule.shape, source.record, std::min(kMostGrowth * cap, kMaxValueBytes)));
  TRY(guard_value(schedule.guard, shaped, value_of(schedule.shape, shaped)));
  TRY(fill_keys(source, shaped));
  return shaped;
}

Result<Records> read_records(const schedule::Schedule& schedule, const Text& text, const Asked& asked) {
  const std::string_view body = text.bytes;
  const schedule::FanoutSpec& fanout = *schedule.fanout;
  const std::size_t root = skip_json_space(body, 0);
  const auto at = find_at(body, root, fanout.records);
  if (!at) return no_records(fanout, "finds nothing: " + why_missing(body, root, fanout.records));
  RecordReader reader(schedule, asked);
  if (fanout.batch == 1) {
    reader.sole(value_at(body, *at));
    return reader.take();
  }
  if (body[*at] != '[')
    return no_records(
        fanout, "finds a value of type " +
                    std::string(json_type_name(json_type(body.substr(*at, 1)).value_or(JsonType::null))) +
                    ", not an array");
  ValueEnds ends(body, text.brackets);
  for (JsonWalk walk(body, *at); walk.next();) {
    const std::size_t end = ends.end(walk.value_at());
    reader.element(body.substr(walk.value_at(), end - walk.value_at()), walk.count() - 1);
    walk.past(end);
  }
  return reader.take();
}

Result<IdPage> read_ids(const schedule::UrlIds& source, std::string_view body, IdList& ids) {
  const std::size_t root = skip_json_space(body, 0);
  IdPage page;
  const auto at = find_at(body, root, source.pointer);
  const std::string where = "fanout.ids.pointer " + json_quote(cut_text(source.pointer.text(), 80));
  if (!at) return bad_source(where + " finds nothing: " + why_missing(body, root, source.pointer));
  if (body[*at] != '[') return bad_source(where + " finds no array");
  std::string held;
  for (JsonWalk walk(body, *at); walk.next();) {
    const std::size_t index = walk.count() - 1;
    const auto value = source.id ? find_value(body, walk.value_at(), *source.id)
                                 : std::optional(json_value(body, walk.value_at()));
    const auto id = value ? id_text(*value, held) : std::nullopt;
    if (!id)
      return bad_source("element " + std::to_string(index) + " of the ids " +
                        (source.id ? "has no text or number at " + json_quote(cut_text(source.id->text(), 80))
                                   : "is neither a text nor a number"));
    TRY(add_id(*id, index, ids));
    ++page.records;
  }
  if (!source.pages || source.pages->by != schedule::Pages::By::cursor) return page;
  TRY_ASSIGN(page.cursor, read_cursor(source.pages->pointer, body, root));
  return page;
}

}  // namespace prewarm::shape

// SPDX-License-Identifier: Apache-2.0
#include "campaign/compare.hpp"

#include "prewarm/envelope/envelope.hpp"

namespace prewarm::campaign {
namespace {

using run::Found;
using run::ReadBack;

// Stores are asked one after the other; the lives of a trace are ten seconds apart.
constexpr Millis kSlack{1'000};

const char* word_of(ReadBack::Answer answer) {
  constexpr const char* kWords[] = {"written", "superseded", "expired", "changed", "failed"};
  return kWords[static_cast<std::size_t>(answer)];
}
const char* word_of(Found::Kind kind) {
  constexpr const char* kWords[] = {"absent", "text", "another type"};
  return kWords[static_cast<std::size_t>(kind)];
}
std::string quoted(const std::string& bytes) {
  return "'" + bytes.substr(0, 90) + "' (" + std::to_string(bytes.size()) + ")";
}
std::string life_of(const std::optional<Millis>& ttl) {
  return ttl ? std::to_string(ttl->count()) + " ms" : "for ever";
}
std::string error_of(const std::optional<ErrorKind>& kind) {
  return kind ? std::string(reason_of(*kind)) : "none";
}

/// Notes what is not the same, each with the words of both.
class Notes {
 public:
  Notes(std::string place, Findings& findings) : place_(std::move(place)), findings_(findings) {}
  void same(const char* what, const std::string& model, const std::string& other) {
    if (model != other) findings_.push_back(place_ + what + " is " + other + ", in the model " + model);
  }
  void same_life(const std::optional<Millis>& model, const std::optional<Millis>& other) {
    const bool near = model && other && std::chrono::abs(*model - *other) <= kSlack;
    if (!near) same("life", life_of(model), life_of(other));
  }

 private:
  const std::string place_;
  Findings& findings_;
};

void compare_found(const Found& model, const Found& other, Notes& notes) {
  notes.same("kind found", word_of(model.kind), word_of(other.kind));
  notes.same("value found", quoted(model.bytes), quoted(other.bytes));
  notes.same("length found", std::to_string(model.length), std::to_string(other.length));
  if (model.ttl || other.ttl) notes.same_life(model.ttl, other.ttl);
}

// Of a value of the same version perhaps only the length of its head (run/run.hpp).
bool may_be_cut(const ReadBack& model, const ReadBack& other, std::int64_t version) {
  const auto head = envelope::read_head(model.old_head);
  return head && head->version == version &&
         other.old_length == static_cast<std::int64_t>(envelope::kHeadBytes) &&
         model.old_length >= other.old_length;
}

void compare_answers(const Operation& operation, std::size_t at, const ReadBack& model, const ReadBack& other,
                     Notes& notes) {
  notes.same("answer", word_of(model.answer), word_of(other.answer));
  notes.same("error", error_of(model.error ? std::optional(model.error->kind) : std::nullopt),
             error_of(other.error ? std::optional(other.error->kind) : std::nullopt));
  if (model.answer == ReadBack::Answer::failed) return;
  const bool write = operation.kind == Operation::Kind::write;
  notes.same("old head", quoted(model.old_head), quoted(other.old_head));
  if (!write || !may_be_cut(model, other, operation.entries[at].version))
    notes.same("old length", std::to_string(model.old_length), std::to_string(other.old_length));
  notes.same("sameness", model.same ? "yes" : "no", other.same ? "yes" : "no");
  compare_found(model.found, other.found, notes);
}

// What the contract leaves to a file: to tell an empty key from an absent one, and a hundred years for ever.
Found as_of_redis(Found found, const Found& model) {
  if (model.kind == Found::Kind::absent && found.kind == Found::Kind::text && found.length == 0) found = {};
  if (found.ttl && *found.ttl > kForEver) found.ttl.reset();
  return found;
}
std::string record_text(const std::optional<std::string>& record, bool is_file) {
  return record && !(is_file && record->empty()) ? quoted(*record) : "nothing";
}

}  // namespace

Findings differences(const Operation& operation, const Outcome& model, const Outcome& other, bool is_file) {
  Findings findings;
  Notes whole("", findings);
  whole.same("error", error_of(model.error), error_of(other.error));
  const auto count = [&](const char* what, std::size_t a, std::size_t b) {
    whole.same(what, std::to_string(a), std::to_string(b));
    return a == b;
  };
  const auto note = [&](std::size_t i) { return Notes("number " + std::to_string(i + 1) + ": ", findings); };
  if (count("number of answers", model.answers.size(), other.answers.size()))
    for (std::size_t i = 0; i < model.answers.size(); ++i) {
      Notes notes = note(i);
      compare_answers(operation, i, model.answers[i], other.answers[i], notes);
    }
  if (count("number of values", model.found.size(), other.found.size()) && !model.error)
    for (std::size_t i = 0; i < model.found.size(); ++i) {
      Notes notes = note(i);
      const Found& found = other.found[i];
      compare_found(model.found[i], is_file ? as_of_redis(found, model.found[i]) : found, notes);
    }
  if (count("number of records", model.records.size(), other.records.size()))
    for (std::size_t i = 0; i < model.records.size(); ++i)
      note(i).same("record", record_text(model.records[i], is_file), record_text(other.records[i], is_file));
  return findings;
}

Findings differences(const Shown& model, const Shown& other) {
  Findings findings;
  for (const auto& [key, lying] : model)
    if (!other.contains(key)) findings.push_back(key + " is not there, in the model it is");
  for (const auto& [key, lying] : other) {
    const auto there = model.find(key);
    if (there == model.end()) {
      findings.push_back(key + " is there, in the model it is not");
      continue;
    }
    Notes notes("afterwards " + key + ": ", findings);
    notes.same("type", there->second.text ? "text" : "another", lying.text ? "text" : "another");
    notes.same("value", quoted(there->second.bytes), quoted(lying.bytes));
    if (there->second.bytes != lying.bytes && quoted(there->second.bytes) == quoted(lying.bytes))
      findings.push_back("afterwards " + key + ": the values differ behind their fronts");
    notes.same_life(there->second.ttl, lying.ttl);
  }
  return findings;
}

}  // namespace prewarm::campaign

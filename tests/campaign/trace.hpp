// SPDX-License-Identifier: Apache-2.0
// A trace of store operations from a seed, and what each store made of one. Instants are whole: an operation
// is made when its turn comes, and every store is given the same bytes. No decision of the fence is nearer
// than half a second to its limit, so that stores which are asked one after the other decide alike.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "prewarm/run/run.hpp"
#include "prewarm/store/store.hpp"
#include "sim/chance.hpp"

namespace prewarm::campaign {

/// A key as an operator sees it, behind the product's back.
struct Lying {
  std::string bytes;
  bool text = true;           // else another type
  std::optional<Millis> ttl;  // nothing: for ever
};
using Shown = std::map<std::string, Lying>;  // what is not there is not in it

struct Operation {
  enum class Kind : std::uint8_t {
    write,
    renew,
    read,
    look,
    get_records,
    put_records,
    // by an operator or another program
    plant,
    remove,
    flush,
    lapse,  // lives end
    forget_scripts,
    reconnect,
  };
  Kind kind = Kind::write;
  WallTime now;                          // when its turn came
  std::vector<run::Entry> entries{};     // write
  std::vector<run::Renewal> renewals{};  // renew
  Millis max_age{};                      // write, renew
  std::vector<store::Look> looks{};      // read (of one), look
  std::vector<store::Record> records{};  // put_records
  Millis ttl{};                          // put_records
  std::vector<std::string> keys{};       // get_records, plant, remove, lapse
  Lying planted{};                       // plant
  bool late = false;                     // the deadline has passed already
  bool full = false;                     // the server has no memory left: what grows is refused
};
std::string text_of(const Operation& operation);

/// What a store answered.
struct Outcome {
  std::vector<run::ReadBack> answers{};
  std::vector<run::Found> found{};
  std::vector<std::optional<std::string>> records{};
  std::optional<ErrorKind> error{};
};

class Trace {
 public:
  // Streams of neighbouring seeds are the same but for their first number; so each begins elsewhere.
  explicit Trace(std::uint64_t seed) : chance_(sim::Chance(seed).bits()) {}

  static const std::vector<std::string>& value_keys();
  static const std::vector<std::string>& record_keys();
  /// The next operation; `shown`: what lies at the keys.
  Operation next(WallTime now, const Shown& shown);

 private:
  std::uint64_t upto(std::uint64_t most) { return chance_.below(most + 1); }
  const std::string& some_key();
  Millis some_ttl();
  std::string some_payload();
  WallTime some_instant(const Lying* there);
  run::Entry some_entry(const Shown& shown);
  run::Renewal some_renewal(const Shown& shown);
  Lying some_stranger();
  std::string broken_head();
  void fill_write(Operation& operation, const Shown& shown);
  void fill_renew(Operation& operation, const Shown& shown);
  void fill_looks(Operation& operation, std::size_t count);
  void fill_records(Operation& operation);
  void fill_keys(Operation& operation);

  sim::Chance chance_;
  WallTime now_;
};

}  // namespace prewarm::campaign

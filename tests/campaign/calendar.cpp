// SPDX-License-Identifier: Apache-2.0
// `calendar`: slots against a walk over every minute, around changes of clocks. Cases: vectors/N, syntax/N,
// change/ZONE/SECOND, random/N (1,000 expressions each).
#include <cctz/time_zone.h>

#include <atomic>
#include <charconv>
#include <fstream>
#include <nlohmann/json.hpp>

#include "campaign/calendar_shapes.hpp"
#include "campaign/campaigns.hpp"
#include "campaign/crew.hpp"
#include "prewarm/base/time_text.hpp"

namespace prewarm::campaign {
namespace {

using namespace prewarm::schedule;
using namespace std::chrono_literals;

constexpr std::int64_t kDay = 24 * 3600;
constexpr std::size_t kHands = 2;
constexpr int kExpressionsInCase = 1000;

// Dates that were skipped, half hours, two changes a month, changes at midnight, rules that ended or go on
// against the season; and some plain ones.
constexpr std::array<const char*, 40> kOddZones{
    "Africa/Cairo",      "Africa/Casablanca",   "Africa/El_Aaiun",
    "Africa/Juba",       "Africa/Monrovia",     "Africa/Windhoek",
    "America/Anchorage", "America/Asuncion",    "America/Caracas",
    "America/Godthab",   "America/Havana",      "America/New_York",
    "America/Santiago",  "America/Sao_Paulo",   "America/Scoresbysund",
    "America/St_Johns",  "Antarctica/Casey",    "Antarctica/Troll",
    "Antarctica/Vostok", "Asia/Amman",          "Asia/Beirut",
    "Asia/Dhaka",        "Asia/Gaza",           "Asia/Kathmandu",
    "Asia/Pyongyang",    "Asia/Tehran",         "Atlantic/Azores",
    "Australia/Eucla",   "Australia/Lord_Howe", "Europe/Berlin",
    "Europe/Chisinau",   "Europe/Dublin",       "Europe/Lisbon",
    "Europe/London",     "Pacific/Apia",        "Pacific/Chatham",
    "Pacific/Easter",    "Pacific/Fakaofo",     "Pacific/Kiritimati",
    "Pacific/Kwajalein"};

class Calendar {
 public:
  explicit Calendar(Campaign& campaign) : campaign_(campaign), crew_(campaign, kHands) {}

  void run() {
    add_vectors();
    add_syntax();
    if (campaign_.options().only.rfind("change/", 0) == 0)
      add_named_change();
    else
      add_changes();
    add_random();
    crew_.run();
    campaign_.tell(std::to_string(slots_) + " slots equal the walk's, around " + std::to_string(changes_) +
                   " changes of clocks");
  }

 private:
  static nlohmann::json data(const char* name) {
    std::ifstream file(std::string(PREWARM_SOURCE_DIR "/tests/data/") + name);
    if (!file) throw std::runtime_error(std::string("no tests/data/") + name);
    return nlohmann::json::parse(file);
  }

  void add_vectors() {
    const auto all = data("cron-vectors.json");
    if (all.empty()) throw std::runtime_error("no vectors in tests/data/cron-vectors.json");
    for (std::size_t i = 0; i < all.size(); ++i)
      crew_.add("vectors/" + std::to_string(i), [vector = all[i]] { return follow(vector); });
  }
  static Findings follow(const nlohmann::json& vector) {
    const std::string text = vector["expr"], from = vector["from"];
    const auto cron = Cron::parse(text);
    if (!std::holds_alternative<Cron>(cron)) return {text + " is refused"};
    const Zone zone = Zone::load(vector["tz"].get<std::string>()).value();
    std::optional<Slot> at = std::chrono::floor<std::chrono::seconds>(parse_rfc3339(from).value());
    Findings findings;
    for (const std::string wanted : vector["next"]) {
      at = std::get<Cron>(cron).next(*at, zone);
      const std::string ours = at ? local_text(*at, zone.offset_at(*at)) : "none";
      if (ours == wanted) continue;
      findings.push_back(text + " in " + zone.name() + " from " + from + ": " + ours + ", not " + wanted);
      break;
    }
    if (vector["next"].empty() && std::get<Cron>(cron).next(*at, zone))
      findings.push_back(text + " is never meant and has a slot");
    return findings;
  }

  // What every cron of the reference takes, and what none does, is no matter of dialect.
  void add_syntax() {
    const auto all = data("cron-syntax-cases.json");
    for (std::size_t i = 0; i < all.size(); ++i)
      crew_.add("syntax/" + std::to_string(i), [row = all[i]]() -> Findings {
        const std::string text = row["expr"];
        const auto parsed = Cron::parse(text);
        const auto* cron = std::get_if<Cron>(&parsed);
        if (cron == nullptr)
          return row["rejected_by"].empty() ? Findings{"\"" + text + "\" is refused, by no other cron"}
                                            : Findings{};
        if (row["accepted_by"].empty()) return {"\"" + text + "\" is taken, by no other cron"};
        std::optional<Slot> at = kFirstSlot;
        for (int n = 0; n < 100 && !cron->never_fires(); ++n) {
          const auto next = cron->next(*at, Zone::utc());
          if (!next || *next <= *at) return {"\"" + text + "\" stands still"};
          at = next;
        }
        return {};
      });
  }

  void add_changes() {
    const auto now = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
    for (const std::string& name : zone_names())
      if (campaign_.ci())
        add_zone(name, now, kEndOfSlots, 1);
      else
        add_zone(name, std::chrono::sys_days(std::chrono::year(2024) / 1 / 1),
                 std::chrono::sys_days(std::chrono::year(2030) / 1 / 1));
    if (!campaign_.release()) return;
    for (const char* name : kOddZones)
      add_zone(name, std::chrono::sys_days(std::chrono::year(1970) / 1 / 5),
               std::chrono::sys_days(std::chrono::year(2101) / 1 / 1));
  }
  void add_zone(const std::string& name, Slot first, Slot last, int most = 1'000'000) {
    const Zone zone = Zone::load(name).value();
    for (auto change = zone.next_change(first); change && change->at < last && most > 0;
         change = zone.next_change(change->at), --most)
      add_change(name, *change);
  }
  // "change/Europe/Berlin/1793494800", whatever the size.
  void add_named_change() {
    const std::string& only = campaign_.options().only;
    const std::size_t begin = only.find('/') + 1, end = only.rfind('/');
    std::int64_t second = 0;
    std::from_chars(only.data() + end + 1, only.data() + only.size(), second);
    if (end <= begin) return;
    const std::string name = only.substr(begin, end - begin);
    const auto zone = Zone::load(name);
    if (!zone) return;
    if (const auto change = zone->next_change(Slot(std::chrono::seconds(second - 1))))
      add_change(name, *change);
  }
  void add_change(const std::string& name, const ClockChange& change) {
    const std::int64_t at = change.at.time_since_epoch().count();
    // The walk looks at whole minutes of UTC, and Liberia left them at its change of 1972.
    if (change.before.count() % 60 != 0 || change.after.count() % 60 != 0) {
      campaign_.tell("left out: " + name + " at " + std::to_string(at) + ", an offset with seconds");
      return;
    }
    crew_.add("change/" + name + "/" + std::to_string(at), [this, name, change, at] {
      const std::int64_t minute = at - at % 60;
      const Span span{minute - kDay, minute + kDay};
      std::size_t slots = 0;
      Findings findings = compare_with_walk(shapes_around(change), name, span, slots);
      for (std::string& line : compare_every(every_around(change), name, span, slots))
        findings.push_back(std::move(line));
      if (slots == 0) findings.emplace_back("no shape has a slot here: nothing was compared");
      slots_ += slots;
      ++changes_;
      return findings;
    });
  }

  void add_random() {
    const int cases = campaign_.ci() ? 2 : campaign_.release() ? 5000 : 100;
    for (int i = 0; i < cases; ++i)
      crew_.add("random/" + std::to_string(i), [this, i] { return random_expressions(i); });
  }
  // Ten at a time, since each place wants a walk of its own.
  Findings random_expressions(int number) {
    std::mt19937_64 random(campaign_.options().seed * 1'000'003 + static_cast<std::uint64_t>(number));
    static const std::vector<std::string> names = zone_names();
    Findings findings;
    for (int done = 0; done < kExpressionsInCase && findings.empty(); done += 10) {
      const std::string& name = names[random() % names.size()];
      std::int64_t at = static_cast<std::int64_t>(7 + random() % (229 * 365)) * kDay;
      const auto change = Zone::load(name).value().next_change(Slot(std::chrono::seconds(at)));
      const bool whole = !change || (change->before.count() % 60 == 0 && change->after.count() % 60 == 0);
      if (!whole) continue;
      if (change && random() % 4 != 0) at = change->at.time_since_epoch().count() / 60 * 60;
      const cctz::civil_day near(
          cctz::convert(cctz::time_point<cctz::seconds>(cctz::seconds(at)), cctz::utc_time_zone()));
      std::vector<OracleExpression> expressions;
      for (int n = 0; n < 10; ++n) expressions.push_back(random_expression(random, near));
      std::size_t slots = 0;
      findings = compare_with_walk(expressions, name, {at - kDay, at + kDay}, slots);
      slots_ += slots;
    }
    return findings;
  }

  Campaign& campaign_;
  Crew crew_;
  std::atomic<std::size_t> slots_{0}, changes_{0};
};

}  // namespace

void run_calendar(Campaign& campaign) { Calendar(campaign).run(); }

}  // namespace prewarm::campaign

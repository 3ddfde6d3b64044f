// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "cli/codes.hpp"

namespace prewarm::cli {
namespace {

constexpr bool kWarning = true;

// Cures of codes that end a run are in report/remedies.cpp.
constexpr auto kRunCodes = std::to_array<CodeText>({
    {501, false, "the upstream's name could not be resolved", "no address for api.example.net", ""},
    {502, false, "no connection to the upstream, or it was lost before an answer came",
     "api.example.net refused the connection", ""},
    {503, false, "the upstream's certificate is not trusted, or is for another name",
     "the certificate of api.example.net has expired", ""},
    {504, false, "the upstream did not answer in time; the line says in which phase",
     "no first byte within 10s on 3 attempts", ""},
    {505, false,
     "the upstream's name leads to an inner address (loopback, private, shared, link-local), which a name "
     "may not",
     "news.example.net resolves to 10.0.0.7", ""},
    {520, false, "the body is larger than fetch.maxBytes, counted after decompression",
     "more than 1 MiB came", ""},
    {521, false, "the body was cut off, or its coding is broken", "Content-Length 19853, but 8192 bytes came",
     ""},
    {522, false, "the answer has no body", "status 200 with 0 bytes", ""},
    {523, false, "the body does not hold what fetch.expect asks for",
     R"("/error": null expected, 29 came: Last.fm sends errors with status 200)", ""},
    {524, false,
     "there are no ids to fan out: their source holds none, one above 200 bytes, or cannot be read, or its "
     "pages do not come to an end; of a list or a file of ids check and the start say so already, exit 2",
     "\"ids.txt\" line 7 has 230 bytes, an id at most 200", ""},
    {525, false, "the upstream answered, but not one of the ids that were asked for came back",
     "13 ids asked for, 0 records", ""},
    {530, false, "the upstream answered with a status of 500 to 599 on every attempt", "503 on 3 attempts",
     ""},
    {531, false, "the upstream answered with a status of 400 to 499", "404", ""},
    {532, false, "the upstream refused our credentials, status 401 or 403; nothing is tried again", "401",
     ""},
    {533, false, "the upstream asks to slow down, and waiting would pass the run's deadline",
     "429, Retry-After 3600", ""},
    {534, false, "the upstream answered with a redirect; these are never followed",
     "301 to https://www.example.net/news", ""},
    {535, false, "the upstream answered with a status that is neither success nor failure", "204", ""},
    {601, false, "the body is not one JSON text in UTF-8, or is nested more than 64 deep",
     "an HTML error page with status 200", ""},
    {603, false, "shape.select finds nothing, or a value of the wrong kind",
     R"(/payload/listens finds nothing; the top has "error")", ""},
    {605, false, "a part of the key is absent or empty in the answer, or the key is too long",
     "{/username} of user:{env}:{/username}:v{version} is null", ""},
    {606, false, "two values of one run would be written to the same key", "two records with one username",
     ""},
    {607, false, "a record names no id where fanout.id says, so that nobody knows whose it is",
     R"(fanout.id is "/id", and record 3 has "user_id")", ""},
    {610, false,
     "the value is refused by a rule of guard; the line says rule, limit, what came and what is stored",
     "minItems 1: 0 came, 14 are stored", ""},
    {620, false,
     "fewer ids came back than fanout.floor asks for; those that came are stored, the others keep their old "
     "value",
     "11 of 13 ids came back, 0.85, below the floor 0.9; missing: user_7, user_9", ""},
    {641, false, "the previous run of the schedule was still going",
     "a run of 70 s on a schedule of every minute", ""},
    {642, false, "slots passed unattended; the line says how many and why", "3 slots passed: no worker ran",
     "nothing, if the stop was meant; \"missed\" says whether the latest slot is made up"},
    {643, false, "the worker was stopped during the run; the key holds the old or the new value, whole",
     "SIGTERM in a rolling deploy", "nothing; the next run comes at its slot"},
    {644, false,
     "the run's deadline (timeout) passed, or would before the host's budget has a place; or the store found "
     "the write too old; the old value is kept",
     "30s passed during attempt 3", ""},
    {645, kWarning,
     "the wall clock was moved by more than 3 hours; the new time is taken, nothing is made up",
     "a machine that started with a clock of 1970", "let the machine set its clock before the worker starts"},
    {701, false, "the store cannot be reached", "cache.example.net:6379 refused the connection", ""},
    {702, false, "the store refuses the login or a command; the line names the command", "NOPERM for EVALSHA",
     ""},
    {703, false, "the store refuses to write: out of memory, read-only, disk full, too few replicas",
     "OOM command not allowed when used memory > 'maxmemory'", ""},
    {704, false,
     "the store did not answer, and until the deadline it could not be found out whether the value is stored",
     "no reply within 10s, no new connection", ""},
    {705, false, "the store is not a primary, so that its answers about order cannot be believed",
     "ROLE says slave after a failover", ""},
    {706, false, "the store answered what its protocol does not allow here",
     "an HTTP server at the store's address", ""},
    {710, false, "a value with a later lastUpdated is stored already; that fresher value stays",
     "another worker was faster", "nothing; that is how the order of writes is kept"},
    {711, false, "a value of a newer version is stored: this worker is the stale one",
     "recent-listens:production:v3 holds version 4", ""},
    {720, kWarning, "a value without our envelope stood at a current key: an old worker writes there",
     "recent-listens:production:v3 held a JSON array, 5m after our write", "find and stop the old worker"},
    {721, kWarning, "an envelope of an older version stood at a current key: an old worker writes there",
     "recent-listens:production:v3 held an envelope of version 2", "find and stop the old worker"},
    {722, kWarning,
     "bytes that are not JSON, or an envelope from over 60 s in the future, stood at a current key",
     "recent-listens:production:v3 held what is not JSON", "find the other program that writes there"},
    {723, kWarning, "a value that is not a string (a list, a hash) stood at a current key",
     "recent-listens:production:v3 held a value that is not a string",
     "find the other program that writes there"},
    {730, false, "the store returned other bytes than were written: another writer came between",
     "read back 375 B, sha256 3d2b594c, in place of 1397 B", ""},
    {731, false, "the store returned nothing right after the write", "the key was gone at once", ""},
    {740, false, "the ledger's record was written by a newer prewarm", "a roll-back to an older version", ""},
    {801, kWarning, "a heartbeat could not be delivered; the run itself is not touched by that",
     "news success ping failed: status 404", "check the URL in heartbeat, and heartbeatStyle"},
    {802, kWarning,
     "a heartbeat was dropped: too many wait, it could only leave too late, or the worker stops",
     "news success ping dropped, 256 wait already", "find out why the heartbeat service is slow"},
});

}  // namespace

std::span<const CodeText> run_codes() noexcept { return kRunCodes; }

}  // namespace prewarm::cli

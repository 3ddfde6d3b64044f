// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "cli/codes.hpp"

namespace prewarm::cli {
namespace {

constexpr auto kSettingCodes = std::to_array<CodeText>({
    {301, false, "a variable that a schedule file needs is not set, or empty",
     R"("authorization": "Token ${LISTENBRAINZ_TOKEN}" without that variable)",
     "export NAME=…, or NAME_FILE=/path; ${NAME:-} in the file if it is optional"},
    {302, false,
     "${ stands where nothing is filled in; it may stand in fetch.url, fetch.query, fetch.headers, "
     "fetch.body "
     "and heartbeat",
     R"("description": "for ${USER}")", "write the text itself; $$ is a dollar sign"},
    {303, false, "both NAME and NAME_FILE are set, and only one can be meant",
     "LISTENBRAINZ_TOKEN and LISTENBRAINZ_TOKEN_FILE", "unset one of them"},
    {304, false, "a dollar sign that is neither ${NAME}, ${NAME:-text} nor $$", R"("q": "cost $5")",
     R"("q": "cost $$5")"},
    {305, false, "a schedule file may not read the worker's own settings", "${PREWARM_STORE}",
     "a variable whose name does not begin with PREWARM_"},
    {306, false, "the value of a variable holds a control character, such as a line end",
     "a token pasted with its line end", "set it without; from NAME_FILE one final newline is dropped"},
    {307, false, "a file that a variable or a schedule names cannot be read, or is above 64 KiB",
     "LISTENBRAINZ_TOKEN_FILE=/run/secrets/token, which is not there", "mend the path or its rights"},
    {310, false,
     "no environment is set; it is part of every key, and a wrong guess would fill the wrong cache, so there "
     "is "
     "no default",
     "prewarm run", "prewarm run --env production, or set PREWARM_ENV"},
    {311, false, "the environment's name is not [a-z][a-z0-9-]{0,31}", "--env Production",
     "--env production"},
    {312, false, "the store URL, or a file it needs, cannot be used", "--store redis//cache:6379",
     "sqlite:PATH, redis://HOST:PORT/DB, rediss://HOST:PORT/DB or redis+unix://PATH"},
    {313, false, "a password stands on the command line, where every user of the machine can read it",
     "--store redis://:secret@cache:6379", "PREWARM_STORE, or PREWARM_STORE_PASSWORD or its _FILE"},
    {314, false, "a flag, its value or a variable is not usable", "prewarm once, without a name",
     "prewarm once --all; prewarm COMMAND --help shows an example"},
    {317, false,
     "the process may have too few descriptors for its connections; the line says how many it needs",
     "ulimit -n 16; prewarm run",
     "ulimit -n 1024, LimitNOFILE= of the service, or --ulimit nofile= of the container"},
    {318, false, "there is no schedule of this name", "prewarm get recent-listen",
     "one of the names that the line offers; prewarm next lists all"},
});

}  // namespace

std::span<const CodeText> setting_codes() noexcept { return kSettingCodes; }

}  // namespace prewarm::cli

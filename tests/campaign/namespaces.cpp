// SPDX-License-Identifier: Apache-2.0
#include "campaign/namespaces.hpp"

#include <unistd.h>

#include <stdexcept>

#include "support/name_server.hpp"

namespace prewarm::campaign {
namespace {

constexpr const char* kProbe =
    R"(mount --bind /etc /etc; unshare --map-user=12345 --map-group=12345 true; exec "$@")";

}  // namespace

void demand_namespaces() {
  const testkit::NameServer on_its_port;
  const testkit::Finished probe = testkit::run(inside({"true"}, kProbe));
  if (probe.exit_code != 0)
    throw std::runtime_error("no namespaces: " + probe.err +
                             "do: run it on a machine, or in a container with --privileged, that has "
                             "util-linux 2.38 and allows user namespaces");
}

testkit::ChildCommand inside(testkit::ChildCommand command, const std::string& script) {
  // A shell may stand between us and it: whichever ends, all below ends too.
  std::vector<std::string> words{"--pdeathsig", "KILL",         "unshare", "--mount",
                                 "--pid",       "--mount-proc", "--fork",  "--kill-child"};
  if (geteuid() != 0) words.emplace_back("--map-root-user");
  words.insert(words.end(), {"bash", "-euc", script, "inside.sh", command.program.string()});
  words.insert(words.end(), command.arguments.begin(), command.arguments.end());
  command.program = "setpriv";
  command.arguments = std::move(words);
  return command;
}

}  // namespace prewarm::campaign

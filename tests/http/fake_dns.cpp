// SPDX-License-Identifier: Apache-2.0
#include "http/fake_dns.hpp"

#include <dlfcn.h>
#include <netdb.h>
#include <poll.h>

#include <map>
#include <mutex>

namespace {

struct Zone {
  std::mutex mutex;
  std::map<std::string, std::vector<std::string>> names;
  std::map<std::string, std::shared_ptr<prewarm::testkit::Gate>> held;
  int asked = 0;
};
Zone& zone() {
  static Zone* const only = new Zone;  // a look-up left behind may outlive main
  return *only;
}

using GetAddrInfo = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
GetAddrInfo real() {
  static const auto function = reinterpret_cast<GetAddrInfo>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return function;
}

std::vector<std::string> look_up(const std::string& name) {
  std::shared_ptr<prewarm::testkit::Gate> gate;
  {
    const std::lock_guard lock(zone().mutex);
    ++zone().asked;
    if (const auto at = zone().held.find(name); at != zone().held.end()) gate = at->second;
  }
  if (gate) {
    pollfd opened{gate->descriptor(), POLLIN, 0};
    poll(&opened, 1, -1);
  }
  const std::lock_guard lock(zone().mutex);
  const auto at = zone().names.find(name);
  return at == zone().names.end() ? std::vector<std::string>{} : at->second;
}

}  // namespace

// Each address is made by the real one, so that its freeaddrinfo fits the chain.
extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints, addrinfo** found) {
  const std::string host = name == nullptr ? "" : name;
  if (host.size() < 5 || host.substr(host.size() - 5) != ".test") return real()(name, service, hints, found);
  addrinfo* first = nullptr;
  addrinfo** end = &first;
  for (const auto& address : look_up(host)) {
    if (real()(address.c_str(), service, hints, end) != 0) continue;
    while (*end != nullptr) end = &(*end)->ai_next;
  }
  *found = first;
  return first == nullptr ? EAI_NONAME : 0;
}

namespace prewarm::http::test {

FakeDns::FakeDns() = default;

FakeDns::~FakeDns() {
  const std::lock_guard lock(zone().mutex);
  zone().names.clear();
  zone().held.clear();
  zone().asked = 0;
}

void FakeDns::answer(const std::string& name, std::vector<std::string> addresses) {
  const std::lock_guard lock(zone().mutex);
  zone().names[name] = std::move(addresses);
}

void FakeDns::hold(const std::string& name, std::shared_ptr<testkit::Gate> gate) {
  const std::lock_guard lock(zone().mutex);
  zone().held[name] = std::move(gate);
}

int FakeDns::asked() const {
  const std::lock_guard lock(zone().mutex);
  return zone().asked;
}

}  // namespace prewarm::http::test

// SPDX-License-Identifier: Apache-2.0
// classify, seal, open: the stored format on stdin and stdout, for scripts and for readers' tests.
#include <charconv>
#include <cstdio>

#include "cli/commands.hpp"
#include "cli/settings.hpp"
#include "prewarm/base/json.hpp"
#include "prewarm/base/json_text.hpp"
#include "prewarm/base/time_text.hpp"
#include "prewarm/envelope/envelope.hpp"

namespace prewarm::cli {
namespace {

// All of stdin; nothing when it is closed or cannot be read.
std::optional<std::string> read_stdin() {
  std::string bytes;
  std::array<char, 65536> buffer{};
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), stdin))
    bytes.append(buffer.data(), count);
  if (std::ferror(stdin) != 0) return std::nullopt;
  return bytes;
}

std::optional<std::string> stdin_or_error(Output& out) {
  auto bytes = read_stdin();
  if (!bytes)
    out.error("PW314 stdin cannot be read", "pipe the bytes in, e.g. prewarm get NAME | prewarm open");
  return bytes;
}

std::optional<std::int64_t> version_flag(const char* flag, const Text& text, Output& out) {
  std::int64_t version = 0;
  const std::string& digits = text.value();
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), version);
  if (error == std::errc() && end == digits.data() + digits.size() && version >= 1 &&
      version <= envelope::kMaxVersion && digits[0] != '0')
    return version;
  out.error(std::string("PW314 ") + flag + ": \"" + digits + "\" is no version",
            "a whole number from 1 to 999999999");
  return std::nullopt;
}

std::optional<WallTime> instant_flag(const Text& text, Output& out) {
  if (!text) return make_system_clock()->wall_now();
  const auto instant = parse_rfc3339(*text);
  if (instant) return *instant;
  out.error("PW314 --at: \"" + *text + "\" is " + instant.error().message, instant.error().remedy);
  return std::nullopt;
}

// redis-cli and echo put a newline behind what they print; without exactly that one it would be an envelope.
bool only_a_newline_too_long(std::string_view bytes) {
  return bytes.ends_with('\n') && envelope::open(bytes.substr(0, bytes.size() - 1));
}

constexpr std::string_view kNewlineCure =
    "drop the last byte: redis-cli and echo add a newline, e.g. redis-cli get KEY | head -c -1 | prewarm ";

}  // namespace

int command_classify(const Options& options, Output& out) {
  const auto version = version_flag("--expect-version", options.expect_version, out);
  if (!version) return 2;
  const auto bytes = stdin_or_error(out);
  if (!bytes) return 2;
  const auto cls = envelope::classify(*bytes, *version);
  if (only_a_newline_too_long(*bytes))
    out.note("note: an envelope and a newline behind it.  do: " + std::string(kNewlineCure) +
             "classify --expect-version " + std::to_string(*version));
  if (options.json)
    out.line(JsonObject().add("type", "class").add("class", envelope::class_text(cls)).text());
  else
    out.line(envelope::class_text(cls));
  return options.exit_code && cls != envelope::Class::current ? 8 : 0;
}

int command_seal(const Options& options, Output& out) {
  const auto version = version_flag("--version", options.version, out);
  const auto instant = instant_flag(options.at, out);
  if (!version || !instant) return 2;
  const auto bytes = stdin_or_error(out);
  if (!bytes) return 2;
  if (const auto fault = scan_json(*bytes)) {
    out.error("PW601 not one JSON text: " + fault->what + " at byte " + std::to_string(fault->at),
              "pipe one JSON value in");
    return 1;
  }
  out.bytes(envelope::seal(*version, *instant, trim_json(*bytes)));
  return 0;
}

int command_open(const Options& options, Output& out) {
  const auto bytes = stdin_or_error(out);
  if (!bytes) return 2;
  const auto opened = envelope::open(*bytes);
  if (!opened) {
    if (only_a_newline_too_long(*bytes))
      out.error("PW720 not an envelope: a newline stands behind one", std::string(kNewlineCure) + "open");
    else
      out.error("PW720 " + opened.error().message,
                "pipe in the exact bytes of a stored value, e.g. prewarm get NAME | prewarm open; "
                "prewarm seal makes an envelope of a payload");
    return 1;
  }
  if (options.payload) {
    out.bytes(opened->payload);
    return 0;
  }
  const std::string instant = instant_text(opened->head.last_updated);
  const auto size = static_cast<std::int64_t>(opened->payload.size());
  if (options.json) {
    JsonObject line;
    line.add("type", "envelope")
        .add("version", opened->head.version)
        .add("last_updated", instant)
        .add("payload_bytes", size);
    out.line(line.text());
    return 0;
  }
  out.line("version=" + std::to_string(opened->head.version) + " lastUpdated=" + instant +
           " payloadBytes=" + std::to_string(size));
  return 0;
}

}  // namespace prewarm::cli

// SPDX-License-Identifier: Apache-2.0
// An answer as libcurl hands it over, one callback after the other: the limit of the body and how it is cut
// in two, a line each; behind them head and body as they come off the wire. What the body is does not depend
// on how it is cut, is never more than the limit, and a coded one is what zlib makes of the whole; what no
// reader may take in two ways is refused. Then the answer goes through the exchange: a body, another attempt
// in time, or printable words.
#include <zlib.h>

#include <optional>
#include <vector>

#include "fuzz/input.hpp"
#include "http/body_reader.hpp"
#include "http/response_head.hpp"
#include "prewarm/base/json.hpp"
#include "prewarm/upstream/exchange.hpp"

using namespace prewarm;
using namespace prewarm::http;

namespace {

struct Line {
  std::string name, value;
};

// A second reading of the head: the fields of the final answer.
struct Plain {
  std::vector<Line> fields;
  std::size_t count(std::string_view name) const {
    return static_cast<std::size_t>(
        std::count_if(fields.begin(), fields.end(), [&](const Line& field) { return field.name == name; }));
  }
};

struct Heard {
  ResponseHead head;
  Plain plain;
  bool refused = false;
};

Heard hear(std::string_view& rest, bool bare_lines) {
  Heard heard;
  bool status = true;
  while (!rest.empty() && !heard.head.complete() && !heard.refused) {
    const auto end = rest.find('\n');
    std::string line(rest.substr(0, end == std::string_view::npos ? end : end + 1));
    rest.remove_prefix(line.size());
    std::string text = line;
    if (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
    if (bare_lines && !text.ends_with('\r')) line = text + "\n";
    heard.refused = !heard.head.add(line);
    if (text.empty()) {
      if (!heard.head.complete()) heard.plain.fields.clear();
      status = true;
    } else if (!status && text[0] != ' ' && text[0] != '\t' && text.find(':') != std::string::npos) {
      heard.plain.fields.push_back({lower(text.substr(0, text.find(':'))),
                                    std::string(trim(std::string_view(text).substr(text.find(':') + 1)))});
    } else {
      status = false;
    }
  }
  return heard;
}

void check_head(const Heard& heard) {
  const ResponseHead& head = heard.head;
  ENSURE(heard.refused == !head.fault().empty() && fuzz::is_printable(head.fault()));
  if (!head.complete() || heard.refused) return;
  ENSURE(head.status() >= 200 && head.status() <= 999);
  if (!head.body_wanted()) return;
  const Plain& plain = heard.plain;
  ENSURE(plain.count("content-length") <= 1 && plain.count("transfer-encoding") <= 1);
  ENSURE(plain.count("content-length") + plain.count("transfer-encoding") <= 1);
  for (const auto& [name, value] : plain.fields) {
    if (name == "content-length")
      ENSURE(head.content_length() &&
             std::to_string(*head.content_length()) ==
                 value.substr(std::min(value.find_first_not_of('0'), value.size() - 1)));
    if (name == "transfer-encoding") ENSURE(lower(value) == "chunked" && head.length_known());
    if (name == "content-encoding" && !value.empty() && lower(value) != "identity")
      ENSURE(head.coding() == Coding::gzip && lower(value).ends_with("gzip"));
    if (name == "etag" && plain.count("etag") == 1) ENSURE(head.headers()[Field::etag] == value);
  }
  ENSURE(head.headers()[Field::link].size() <= kMaxLinkBytes + 1);
}

struct Got {
  BodyReader::Fault fault = BodyReader::Fault::none;
  std::string bytes;
};

Got get(const ResponseHead& head, std::string_view wire, Bytes most, fuzz::Pieces* pieces) {
  BodyReader reader(most);
  bool well = reader.begin(head.coding(), head.content_length());
  while (well && !wire.empty()) well = reader.feed(pieces ? pieces->take(wire) : std::exchange(wire, {}));
  well = well && reader.end();
  Got got{reader.fault(), {}};
  ENSURE(well == (got.fault == BodyReader::Fault::none));
  got.bytes = reader.take();
  ENSURE(got.bytes.size() <= most.count);
  if (well) ENSURE(got.bytes.capacity() >= got.bytes.size() + kJsonPadding);
  return got;
}

// Of whole gzip members (RFC 1952), one after the other; nothing if they are not, or too long.
std::optional<std::string> unzipped(std::string_view coded, std::size_t most) {
  std::string out, piece(most + 1, '\0');
  while (!coded.empty()) {
    z_stream stream{};
    ENSURE(inflateInit2(&stream, 15 + 16) == Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(coded.data()));
    stream.avail_in = static_cast<uInt>(coded.size());
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = static_cast<uInt>(piece.size());
    const int status = inflate(&stream, Z_FINISH);
    out.append(piece, 0, piece.size() - stream.avail_out);
    coded.remove_prefix(coded.size() - stream.avail_in);
    inflateEnd(&stream);
    if (status != Z_STREAM_END || out.size() > most) return std::nullopt;
  }
  return out;
}

void check_exchange(const Heard& heard, std::string body) {
  Response response;
  response.status = heard.head.status();
  response.headers = heard.head.headers();
  response.length_known = heard.head.length_known();
  response.coded = heard.head.coding() != Coding::identity;
  response.body = std::move(body);
  schedule::FetchSpec fetch;
  fetch.host = "api.example.net";
  Request request;
  const BootTime now{std::chrono::hours(5)}, deadline = now + std::chrono::seconds(30);
  const WallTime wall{std::chrono::seconds(1'777'640'400)};
  upstream::Exchange exchange(fetch, request, now, deadline);
  if (heard.head.status() % 2 == 0) exchange.ask_since({"\"a\"", ""});
  static_cast<void>(exchange.request(now));
  const std::string sent = response.body;
  const auto step = exchange.answer(std::move(response), now, wall, 77);
  if (const auto* taken = std::get_if<run::Body>(&step)) {
    ENSURE(taken->bytes == sent && !sent.empty() && heard.head.body_wanted());
    for (const std::string* text : {&taken->validators.etag, &taken->validators.last_modified})
      ENSURE(fuzz::is_printable(*text) && text->size() <= 256);
  } else if (const auto* again = std::get_if<upstream::Again>(&step)) {
    ENSURE(again->at >= now && again->at < deadline);
  } else if (const auto* error = std::get_if<Error>(&step)) {
    ENSURE(!error->message.empty() && fuzz::is_printable(error->message) &&
           fuzz::is_printable(error->remedy));
    ENSURE(error->kind != ErrorKind::invalid && error->message.size() < 600);
  } else {
    ENSURE(heard.head.status() == 304);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const Bytes most{static_cast<std::uint64_t>(input.number(0, 20'000))};
  fuzz::Pieces pieces(input.number());
  const std::string_view wire = input.rest();
  std::string_view rest = wire, bare = wire;
  const Heard heard = hear(rest, false);
  check_head(heard);
  const Heard other = hear(bare, true);
  ENSURE(other.head.fault() == heard.head.fault() && other.head.status() == heard.head.status());
  if (heard.refused || !heard.head.complete()) return 0;
  if (!heard.head.body_wanted()) return check_exchange(heard, {}), 0;

  const Got whole = get(heard.head, rest, most, nullptr), cut = get(heard.head, rest, most, &pieces);
  const bool well = whole.fault == BodyReader::Fault::none;
  ENSURE(well == (cut.fault == BodyReader::Fault::none) && (!well || whole.bytes == cut.bytes));
  if (heard.head.coding() == Coding::gzip) {
    const auto plain = unzipped(rest, most.count);
    ENSURE(well == plain.has_value() && (!well || whole.bytes == *plain));
  } else if (well) {
    ENSURE(whole.bytes == rest);
  } else {
    ENSURE(rest.size() > most.count || heard.head.content_length().value_or(0) > most.count);
  }
  if (well) check_exchange(heard, whole.bytes);
  return 0;
}

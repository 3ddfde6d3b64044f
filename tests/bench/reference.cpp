// SPDX-License-Identifier: Apache-2.0
// reference MODE NAME URL SOCKET IDS
// What the same work costs without features: no schedule, no claim, no fence, no report. libcurl's multi
// interface, hiredis and simdjson in one thread, tuned as far as we know how. The other programs take the
// same arguments.
//   each         GET URL/ID for each line of IDS, one key each
//   batch        GET URL?user_id=A,B,... for 500 ids at a time; an array of records, one key each
//   conditional  as each, with the validators that the last such run kept in a hash; a 304 renews the key in
//   place single       GET URL, one key
// A key is NAME:bench:ID:v1 (single: NAME:bench:v1), its value
// {"version":1,"lastUpdated":"...","payload":BODY} with a TTL of three hours, each read back and compared.
// Exit status 1 at the first fault.
#include <openssl/evp.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <fstream>
#include <memory>

#include "reference_json.hpp"
#include "reference_redis.hpp"

namespace bench {
namespace {

constexpr std::string_view kHead = R"({"version":1,"lastUpdated":")";
constexpr std::string_view kAfterInstant = R"(","payload":)";
constexpr std::size_t kInstant = 24;
constexpr std::string_view kTtl = "10800000";
constexpr std::size_t kBatch = 500;
constexpr std::size_t kDigest = 32;

struct Arguments {
  std::string mode, name, url, socket, ids;
};

// "2026-05-01T13:00:07.412Z"; the part before the milliseconds is formatted once a second.
void write_instant(std::string& out) {
  using std::chrono::duration_cast;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto ms = duration_cast<std::chrono::milliseconds>(now).count();
  static std::time_t second = 0;
  static std::array<char, 32> text{};
  if (const std::time_t s = ms / 1000; s != second) {
    std::tm parts{};
    gmtime_r(&s, &parts);
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S.", &parts);
    second = s;
  }
  const auto rest = static_cast<int>(ms % 1000);
  out.assign(text.data(), 20);
  out += {static_cast<char>('0' + rest / 100), static_cast<char>('0' + rest / 10 % 10),
          static_cast<char>('0' + rest % 10), 'Z'};
}

std::vector<std::string> read_ids(const std::string& path) {
  std::vector<std::string> ids;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    if (!line.empty()) ids.push_back(line);
  return ids;
}

class Digest {
 public:
  using Bytes = std::array<unsigned char, kDigest>;
  ~Digest() {
    EVP_MD_CTX_free(context_);
    EVP_MD_free(kind_);
  }
  Digest() = default;
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;
  Bytes of(std::string_view bytes) {
    Bytes out{};
    EVP_DigestInit_ex2(context_, kind_, nullptr);
    EVP_DigestUpdate(context_, bytes.data(), bytes.size());
    EVP_DigestFinal_ex(context_, out.data(), nullptr);
    return out;
  }

 private:
  EVP_MD* kind_ = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  EVP_MD_CTX* context_ = EVP_MD_CTX_new();
};

class Worker {
 public:
  explicit Worker(Arguments arguments) : in_(std::move(arguments)), link_(in_.socket.c_str()) {
    if (in_.mode != "single") ids_ = read_ids(in_.ids);
    requests_ = in_.mode == "single"  ? 1
                : in_.mode == "batch" ? (ids_.size() + kBatch - 1) / kBatch
                                      : ids_.size();
    if (in_.mode == "conditional") load_state();
  }

  void run() {
    Pump pump(
        options(), [this](Transfer& t) { return prepare(t); }, [this](Transfer& t) { take(t); });
    link_.join(pump.epoll());
    pump.run([this] { link_.ready(); });
    link_.drain();
  }

 private:
  [[nodiscard]] Pump::Options options() const {
    if (in_.mode == "single") return {.connections = 1};
    // Measured: few handles suffice for large answers, and their buffers are most of the memory.
    if (in_.mode == "batch") return {.connections = 3, .body_bytes = 768UL << 10, .buffer_bytes = 256L << 10};
    return {.connections = 16, .body_bytes = 20UL << 10, .buffer_bytes = 20L << 10};
  }

  bool prepare(Transfer& t) {
    if (asked_ == requests_) return false;
    t.index = asked_++;
    t.url = in_.url;
    if (in_.mode == "batch") {
      t.url += "?user_id=";
      const std::size_t end = std::min(ids_.size(), (t.index + 1) * kBatch);
      for (std::size_t i = t.index * kBatch; i < end; ++i) (t.url += ids_[i]) += i + 1 < end ? "," : "";
    } else if (in_.mode != "single") {
      (t.url += '/') += ids_[t.index];
    }
    if (!state_.empty()) t.condition = state_[t.index].etag;
    write_instant(t.started);
    return true;
  }

  void take(Transfer& t) {
    if (t.status == 304 && !state_.empty()) return renew(t);
    if (t.status != 200) die("status is not 200:", t.url);
    json_.check(t.body);
    if (in_.mode == "batch") return take_records(t);
    put(in_.mode == "single" ? "" : ids_[t.index], t.started, t.body);
    if (in_.mode == "conditional") keep_state(t);
    link_.entry_done();
  }

  // Records are expected in the order asked for; any other order is found too, only slower.
  void take_records(const Transfer& t) {
    const std::size_t first = t.index * kBatch;
    const std::size_t end = std::min(ids_.size(), first + kBatch);
    std::size_t hint = first;
    std::size_t found = 0;
    json_.records(t.body, [&](std::string_view id, std::string_view bytes) {
      if (hint == end || ids_[hint] != id)
        for (hint = first; hint < end && ids_[hint] != id;) ++hint;
      if (hint == end) return;
      put(ids_[hint++], t.started, bytes);
      link_.entry_done();
      ++found;
    });
    if (found != end - first) die("not every id came back");
  }

  void put(const std::string& id, std::string_view started, std::string_view payload) {
    make_key(id);
    std::string& w = link_.window().bytes;
    w += "*5\r\n$3\r\nSET\r\n";
    append_bulk(w, key_);
    w += '$';
    const std::size_t size = kHead.size() + kInstant + kAfterInstant.size() + payload.size() + 1;
    append_number(w, size);
    w += "\r\n";
    const std::size_t offset = w.size();
    w += kHead;
    w += started;
    w += kAfterInstant;
    w += payload;
    w += "}\r\n$2\r\nPX\r\n";
    append_bulk(w, kTtl);
    w += "*2\r\n$3\r\nGET\r\n";
    append_bulk(w, key_);
    link_.expect({.kind = Expected::Kind::ok});
    link_.expect({.offset = offset, .size = size, .kind = Expected::Kind::whole});
  }

  void make_key(const std::string& id) {
    key_ = in_.name;
    key_ += ":bench:";
    if (!id.empty()) (key_ += id) += ':';
    key_ += "v1";
  }

  // The value itself did not come, so the read-back is judged by the digest of what was written last time.
  void renew(const Transfer& t) {
    make_key(ids_[t.index]);
    std::string& w = link_.window().bytes;
    w += "*4\r\n$8\r\nSETRANGE\r\n";
    append_bulk(w, key_);
    w += "$2\r\n28\r\n$24\r\n";
    const std::size_t offset = w.size();
    w += t.started;
    w += "\r\n*3\r\n$7\r\nPEXPIRE\r\n";
    append_bulk(w, key_);
    append_bulk(w, kTtl);
    w += "*2\r\n$3\r\nGET\r\n";
    append_bulk(w, key_);
    link_.expect({.kind = Expected::Kind::number});
    link_.expect({.kind = Expected::Kind::number});
    link_.expect({.offset = offset, .size = kInstant, .index = t.index, .kind = Expected::Kind::judged});
    link_.entry_done();
  }

  bool is_renewed(std::size_t index, std::string_view instant, std::string_view got) {
    constexpr std::size_t kPayload = kHead.size() + kInstant + kAfterInstant.size();
    return got.size() > kPayload && got.starts_with(kHead) && got.substr(kHead.size(), kInstant) == instant &&
           got.substr(kHead.size() + kInstant, kAfterInstant.size()) == kAfterInstant &&
           digest_->of(got.substr(kPayload, got.size() - kPayload - 1)) == state_[index].digest;
  }

  // Field: id. Value: digest of the payload, then the ETag.
  void keep_state(const Transfer& t) {
    curl_header* header = nullptr;
    if (curl_easy_header(t.easy, "ETag", 0, CURLH_HEADER, -1, &header) != CURLHE_OK) return;
    const auto digest = digest_->of(t.body);
    std::string value(digest.begin(), digest.end());
    value += header->value;
    std::string& w = link_.window().bytes;
    w += "*4\r\n$4\r\nHSET\r\n";
    append_bulk(w, "bench:state:" + in_.name);
    append_bulk(w, ids_[t.index]);
    append_bulk(w, value);
    link_.expect({.kind = Expected::Kind::number});
  }

  void load_state() {
    digest_ = std::make_unique<Digest>();
    const std::string hash = "bench:state:" + in_.name;
    std::vector<const char*> words{"HMGET", hash.c_str()};
    for (const auto& id : ids_) words.push_back(id.c_str());
    redisContext* redis = redisConnectUnix(in_.socket.c_str());
    auto* reply = static_cast<redisReply*>(
        redisCommandArgv(redis, static_cast<int>(words.size()), words.data(), nullptr));
    if (reply == nullptr || reply->type != REDIS_REPLY_ARRAY || reply->elements != ids_.size())
      die("no state");
    if (reply->element[0]->type == REDIS_REPLY_STRING) state_.resize(ids_.size());
    for (std::size_t i = 0; i < state_.size(); ++i) {
      const redisReply* value = reply->element[i];
      if (value->type != REDIS_REPLY_STRING || value->len < kDigest) die("no state of", ids_[i]);
      std::memcpy(state_[i].digest.data(), value->str, kDigest);
      state_[i].etag.assign(value->str + kDigest, value->len - kDigest);
    }
    freeReplyObject(reply);
    redisFree(redis);
    link_.judge_with([this](auto index, auto sent, auto got) { return is_renewed(index, sent, got); });
  }

  struct State {
    Digest::Bytes digest;
    std::string etag;
  };

  Arguments in_;
  Link link_;
  Json json_;
  std::unique_ptr<Digest> digest_;  // only where it is needed: it loads OpenSSL's configuration
  std::vector<std::string> ids_;
  std::vector<State> state_;
  std::size_t requests_ = 0, asked_ = 0;
  std::string key_;
};

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  if (argc != 6) bench::die("usage: reference each|batch|conditional|single NAME URL SOCKET IDS");
  curl_global_init(CURL_GLOBAL_NOTHING);  // no TLS: it would be most of a short run
  bench::Worker({argv[1], argv[2], argv[3], argv[4], argv[5]}).run();
}

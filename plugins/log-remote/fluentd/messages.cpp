#include "fluentd/messages.hpp"

#include <msgpack.hpp>

#include "text/container_name.hpp"
#include "text/digest.hpp"
#include "text/timestamp.hpp"

namespace log_remote::fluentd {

namespace sdk = gantry::sdk;

namespace {

using Buffer = msgpack::sbuffer;
using Packer = msgpack::packer<Buffer>;

void pack_text(Packer& packer, std::string_view text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  packer.pack_str(size).pack_str_body(text.data(), size);
}

/// Fluentd's EventTime: extension 0, seconds and nanoseconds of 32 bits each.
void pack_event_time(Packer& packer, const Instant& instant) {
  char body[8];
  const auto put = [&body](int at, std::uint32_t value) {
    for (int i = 0; i < 4; ++i)
      body[at + i] = static_cast<char>(static_cast<unsigned char>(value >> (24 - 8 * i)));
  };
  put(0, static_cast<std::uint32_t>(instant.seconds));
  put(4, static_cast<std::uint32_t>(instant.nanoseconds));
  packer.pack_ext(sizeof body, 0).pack_ext_body(body, sizeof body);
}

std::map<std::string, std::string, std::less<>> fields_of(const sdk::LogSource& source) {
  std::map<std::string, std::string, std::less<>> fields = {
      {"container_id", source.id}, {"container_name", slashed_name(source.name)}};
  for (const auto& [key, value] : source.attributes) fields[key] = value;
  return fields;
}

}  // namespace

Messages::Messages(const Settings& settings, const sdk::LogSource& source)
    : sub_second_precision_(settings.sub_second_precision),
      request_ack_(settings.request_ack),
      read_timeout_(settings.read_timeout),
      tag_(source.tag),
      container_id_(source.id),
      fields_(fields_of(source)) {}

void Messages::encode(const sdk::LogLine& line, Packets& out) {
  const Instant instant = split_instant(line.time_ns());
  Buffer buffer;
  Packer packer(buffer);
  packer.pack_array(4);
  pack_text(packer, tag_);
  if (sub_second_precision_)
    pack_event_time(packer, instant);
  else
    packer.pack_int64(instant.seconds);
  const Record fields = record(line);
  packer.pack_map(static_cast<std::uint32_t>(fields.size()));
  for (const auto& [key, value] : fields) {
    pack_text(packer, key);
    pack_text(packer, value);
  }
  packer.pack_map(request_ack_ ? 1 : 0);
  if (request_ack_) {
    due_.push_back(new_chunk_id(instant.seconds));
    pack_text(packer, "chunk");
    pack_text(packer, due_.back());
  }
  out.emplace_back(buffer.data(), buffer.size());
}

Messages::Record Messages::record(const sdk::LogLine& line) {
  Record record = fields_;  // an attribute stands before what a line brings, as in Docker
  record.emplace("source", line.is_stderr() ? "stderr" : "stdout");
  record.emplace("log", line.text());
  if (line.piece() == 0) return record;
  record["partial_message"] = "true";
  record["partial_id"] = partial_id(line);
  record["partial_ordinal"] = std::to_string(line.piece());
  record["partial_last"] = line.last() ? "true" : "false";
  return record;
}

std::string Messages::partial_id(const sdk::LogLine& line) {
  std::string& id = partial_ids_[line.is_stderr() ? 1 : 0];
  if (line.piece() == 1 || id.empty())  // empty: the daemon ended in the middle of a line
    id = sha256_hex(container_id_ + (line.is_stderr() ? " stderr " : " stdout ") +
                    std::to_string(line.time_ns()));
  return id;
}

std::string Messages::new_chunk_id(std::int64_t seconds) {
  std::string raw(16, '\0');
  const std::uint64_t noise = (static_cast<std::uint64_t>(random_()) << 32) | random_();
  for (unsigned i = 0; i < 8; ++i) {
    raw[i] = static_cast<char>(static_cast<unsigned char>(seconds >> (8 * i)));
    raw[8 + i] = static_cast<char>(static_cast<unsigned char>(noise >> (8 * i)));
  }
  return base64(raw);
}

void Messages::forget_acknowledgements() {
  due_.clear();
  acknowledgements_.reset();
}

void Messages::await_acknowledgement(Connection& connection, const sdk::Op& op) {
  const std::string got = acknowledgements_.next(connection, Patience(op, read_timeout_));
  if (due_.empty() || got != due_.front())
    throw ConnectionLost("fluentd: an acknowledgement of another message");
  due_.pop_front();
}

}  // namespace log_remote::fluentd

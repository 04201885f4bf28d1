#include "gelf/messages.hpp"

#include <cstdio>

#include "gelf/compression.hpp"
#include "options/values.hpp"
#include "text/container_name.hpp"
#include "text/timestamp.hpp"
#include "text/utf8.hpp"

namespace log_remote::gelf {

namespace sdk = gantry::sdk;

namespace {

constexpr int kError = 3, kInformational = 6;  // levels: syslog's severities
constexpr std::size_t kLongestPacket = 1420, kHead = 12, kMostChunks = 128;

std::string seconds(std::int64_t ns) {
  const Instant instant = split_instant(ns);
  char text[48];
  std::snprintf(text, sizeof text, "%lld.%03d", static_cast<long long>(instant.seconds),
                instant.nanoseconds / 1'000'000);
  return text;
}

}  // namespace

std::map<std::string, std::string> fields_of(const sdk::LogSource& source) {
  std::map<std::string, std::string> fields = {{"_container_id", source.id},
                                               {"_container_name", bare_name(source.name)},
                                               {"_image_id", source.image_id},
                                               {"_image_name", source.image},
                                               {"_command", source.command},
                                               {"_tag", source.tag},
                                               {"_created", rfc3339_utc(source.created_at)}};
  for (const auto& [key, value] : source.attributes)
    fields[key.starts_with('_') ? key : "_" + key] = value;
  std::map<std::string, std::string> valid;
  for (const auto& [key, value] : fields) valid[valid_utf8(key)] = valid_utf8(value);
  return valid;
}

Packets chunks(std::string_view message, std::uint64_t id) {
  if (message.size() <= kLongestPacket) return {std::string(message)};
  constexpr std::size_t kData = kLongestPacket - kHead;
  const std::size_t count = (message.size() + kData - 1) / kData;
  if (count > kMostChunks)
    invalid("gelf: cannot send GELF message: msg too large, would need " + std::to_string(count) +
            " chunks");
  Packets packets;
  for (std::size_t i = 0; i < count; ++i) {
    std::string packet = "\x1e\x0f";
    for (int shift = 56; shift >= 0; shift -= 8)
      packet += static_cast<char>(static_cast<unsigned char>(id >> shift));
    packet += static_cast<char>(static_cast<unsigned char>(i));
    packet += static_cast<char>(static_cast<unsigned char>(count));
    packet += message.substr(i * kData, kData);
    packets.push_back(std::move(packet));
  }
  return packets;
}

Messages::Messages(const Settings& settings, const std::string& host, const sdk::LogSource& source)
    : udp_(settings.endpoint.network == Network::kUdp),
      compression_(settings.compression),
      level_(settings.level),
      host_(valid_utf8(host)),
      fields_(fields_of(source)) {}

void Messages::encode(const sdk::LogLine& line, Packets& out) {
  if (line.text().empty()) return;
  std::string message = document(line);
  if (!udp_) {
    message += '\0';
    out.push_back(std::move(message));
    return;
  }
  const std::uint64_t id = (static_cast<std::uint64_t>(random_()) << 32) | random_();
  out = chunks(compressed(message, compression_, level_), id);
}

std::string Messages::document(const sdk::LogLine& line) const {
  sdk::JsonWriter writer;
  writer.begin()
      .field("version", "1.1")
      .field("host", host_)
      .field("short_message", valid_utf8(line.text()))
      .key("timestamp")
      .raw(seconds(line.time_ns()))
      .field("level", line.is_stderr() ? kError : kInformational);
  for (const auto& [key, value] : fields_) writer.field(key, value);
  writer.end();
  return std::string(writer.text());
}

}  // namespace log_remote::gelf

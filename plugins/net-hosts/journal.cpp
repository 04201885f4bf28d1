#include "journal.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

namespace net_hosts {

namespace fs = std::filesystem;
namespace sdk = gantry::sdk;

namespace {

/// Ids become file names.
std::string file_of(const std::string& directory, const std::string& id) {
  if (id.empty() || id[0] == '.' || id.find('/') != std::string::npos || id.size() > 128)
    throw sdk::Error(GANTRY_INVALID, "invalid id \"" + id + "\"");
  return directory + "/" + id;
}

void write_file(const std::string& path, std::string_view text) {
  const std::string temporary = path + ".new";
  std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.close();
  if (!file) throw sdk::os_error("write " + temporary);
  fs::rename(temporary, path);
}

std::optional<std::string> read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

/// Calls `each(id, text)` for every whole file of a directory; removes half-written ones.
template <class Each>
void each_file(const std::string& directory, Each each) {
  std::error_code ec;
  for (const auto& entry : fs::directory_iterator(directory, ec)) {
    if (entry.path().extension() == ".new") {  // a write that a crash cut short
      std::error_code ignored;
      fs::remove(entry.path(), ignored);
      continue;
    }
    if (const auto text = read_file(entry.path())) each(entry.path().filename().string(), *text);
  }
}

void write_list(sdk::JsonWriter& writer, const char* key, const std::vector<std::string>& values) {
  writer.key(key).begin_array();
  for (const auto& value : values) writer.string(value);
  writer.end_array();
}

std::string member_json(const sdk::Member& member) {
  sdk::JsonWriter writer;
  writer.begin()
      .field("container_id", member.container_id)
      .field("name", member.name)
      .field("hostname", member.hostname)
      .field("domainname", member.domainname)
      .field("address", member.address)
      .field("ipv6", member.ipv6);
  write_list(writer, "aliases", member.aliases);
  write_list(writer, "names", member.names);
  writer.end();
  return std::string(writer.text());
}

}  // namespace

Journal::Journal(const std::string& directory)
    : networks_(directory + "/networks"), containers_(directory + "/containers") {
  for (const auto& path : {networks_, containers_}) {
    std::error_code ec;
    fs::create_directories(path, ec);
    if (ec) throw sdk::os_error("mkdir " + path, ec.value());
  }
}

std::map<std::string, NetworkRecord> Journal::networks() const {
  std::map<std::string, NetworkRecord> records;
  each_file(networks_, [&](const std::string& id, const std::string& text) {
    try {
      const sdk::Object object(text);
      NetworkRecord record;
      record.network = sdk::detail::read_network(object.string("network"));
      for (const auto& member_text : object.strings("members")) {
        auto member = sdk::detail::read_member(member_text);
        record.members[member.container_id] = std::move(member);
      }
      records[id] = std::move(record);
    } catch (const sdk::Error&) {
      // A torn or foreign file.
    }
  });
  return records;
}

std::map<std::string, std::string> Journal::container_bases() const {
  std::map<std::string, std::string> bases;
  each_file(containers_, [&](const std::string& id, const std::string& text) { bases[id] = text; });
  return bases;
}

void Journal::save(const NetworkRecord& record) {
  const auto& network = record.network;
  sdk::JsonWriter inner;
  inner.begin()
      .field("id", network.id)
      .field("name", network.name)
      .field("driver", network.driver)
      .field("subnet", network.subnet)
      .field("gateway", network.gateway)
      .field("internal", network.internal)
      .field("default", network.is_default)
      .end();
  sdk::JsonWriter writer;
  writer.begin().field("network", inner.text()).key("members").begin_array();
  for (const auto& [id, member] : record.members) writer.string(member_json(member));
  writer.end_array().end();
  write_file(file_of(networks_, network.id), writer.text());
}

void Journal::remove_network(const std::string& network_id) {
  std::error_code ignored;
  fs::remove(file_of(networks_, network_id), ignored);
}

void Journal::save_container(const std::string& container_id, const std::string& base) {
  write_file(file_of(containers_, container_id), base);
}

void Journal::remove_container(const std::string& container_id) {
  std::error_code ignored;
  fs::remove(file_of(containers_, container_id), ignored);
}

}  // namespace net_hosts

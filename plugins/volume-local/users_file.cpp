#include "users_file.hpp"

#include <unistd.h>

#include <gantry/cpp/json.hpp>

#include "directory_tree.hpp"

namespace volume_local {

namespace sdk = gantry::sdk;

std::set<std::string> read_users(const std::string& path) {
  const auto text = find_file(path);
  if (!text) return {};
  const auto users = sdk::Object(*text).strings("users");
  return {users.begin(), users.end()};
}

void write_users(const std::string& path, const std::set<std::string>& users) {
  if (users.empty()) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) throw sdk::os_error("remove " + path);
    return;
  }
  sdk::JsonWriter writer;
  writer.begin().key("users").begin_array();
  for (const auto& user : users) writer.string(user);
  writer.end_array().end();
  write_file(path, writer.text());
}

}  // namespace volume_local

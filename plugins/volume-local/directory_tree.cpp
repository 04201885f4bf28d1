#include "directory_tree.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <gantry/cpp/error.hpp>
#include <iterator>
#include <memory>

namespace volume_local {

namespace fs = std::filesystem;
namespace sdk = gantry::sdk;

std::string prefixed_name(const std::string& prefix, const std::string& name) {
  constexpr size_t kRoom = 240;  // NAME_MAX less a suffix such as ".new"
  if (prefix.size() + name.size() <= kRoom) return prefix + name;
  return prefix + name.substr(0, 200) + "~" + std::to_string(std::hash<std::string>()(name));
}

void make_directory(const std::string& path, unsigned mode) {
  if (::mkdir(path.c_str(), static_cast<mode_t>(mode)) != 0 && errno != EEXIST)
    throw sdk::os_error("mkdir " + path);
  // mkdir obeys the umask; a volume's mode is what containers see.
  if (::chmod(path.c_str(), static_cast<mode_t>(mode)) != 0) throw sdk::os_error("chmod " + path);
}

void remove_tree(const std::string& path) {
  std::error_code ec;
  fs::remove_all(path, ec);
  if (ec) throw sdk::os_error("remove " + path, ec.value());
}

void rename_path(const std::string& from, const std::string& to) {
  std::error_code ec;
  fs::rename(from, to, ec);
  if (ec) throw sdk::os_error("rename " + from + " to " + to, ec.value());
}

void write_file(const std::string& path, std::string_view text) {
  const std::string temporary = path + ".new";
  std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.close();
  if (!file) throw sdk::os_error("write " + temporary);
  rename_path(temporary, path);
}

void sync_file(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"),
                                                             &std::fclose);
  if (!file || ::fsync(::fileno(file.get())) != 0) throw sdk::os_error("sync " + path);
}

std::optional<std::string> find_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code ec;
  fs::directory_iterator entry(directory, ec);
  for (; !ec && entry != fs::directory_iterator(); entry.increment(ec))
    names.push_back(entry->path().filename().string());
  if (ec) throw sdk::os_error("read " + directory, ec.value());
  return names;
}

}  // namespace volume_local

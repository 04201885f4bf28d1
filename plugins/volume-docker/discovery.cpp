#include "discovery.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gantry/cpp/error.hpp>

namespace volume_docker {

namespace fs = std::filesystem;
namespace sdk = gantry::sdk;

namespace {

constexpr std::size_t kLargestFile = 64u << 10;

std::vector<fs::path> places(const std::string& directory, const std::string& name,
                             const char* suffix) {
  const fs::path base(directory);
  return {base / (name + suffix), base / name / (name + suffix)};
}

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kLargestFile + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (file.bad()) throw sdk::os_error("read " + path.string());
  if (text.size() > kLargestFile)
    throw sdk::Error(GANTRY_INVALID, path.string() + " is larger than a plugin's address");
  return text;
}

Endpoint read_spec(const fs::path& path) {
  try {
    return path.extension() == ".json" ? parse_json_spec(read(path)) : parse_spec(read(path));
  } catch (const sdk::Error& e) {
    throw sdk::Error(e.code(), path.string() + ": " + e.what(), e.os_errno());
  }
}

/// Adds what lies in `directory` with one of the suffixes, and one directory below.
void add_names(const std::string& directory, const std::vector<std::string>& suffixes, bool sockets,
               std::set<std::string>& names) {
  std::error_code error;
  fs::directory_iterator at(directory, error);
  for (; !error && at != fs::directory_iterator(); at.increment(error)) {
    const fs::directory_entry& entry = *at;
    const std::string stem = entry.path().stem(), file = entry.path().filename();
    std::error_code ignored;
    for (const std::string& suffix : suffixes) {
      fs::path path = entry.path();
      std::string name = stem;
      if (entry.is_directory(ignored)) {
        name = file;
        path /= name + suffix;
      } else if (entry.path().extension() != suffix) {
        continue;
      }
      const bool there = sockets ? fs::is_socket(path, ignored) : fs::exists(path, ignored);
      if (there && is_driver_name(name)) names.insert(name);
    }
  }
}

}  // namespace

bool is_driver_name(const std::string& name) {
  return !name.empty() && name.size() <= 200 && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return static_cast<unsigned char>(c) > 0x20 && c != '/' && c != 0x7f;
         });
}

std::optional<Endpoint> Discovery::find(const std::string& name) const {
  if (!is_driver_name(name)) return std::nullopt;
  std::error_code ignored;
  for (const std::string& directory : sockets_)
    for (const fs::path& path : places(directory, name, ".sock"))
      if (fs::is_socket(path, ignored)) {
        Endpoint endpoint;
        endpoint.socket = path;
        return endpoint;
      }
  for (const std::string& directory : specs_)
    for (const char* suffix : {".spec", ".json"})
      for (const fs::path& path : places(directory, name, suffix))
        if (fs::exists(path, ignored)) return read_spec(path);
  return std::nullopt;
}

std::set<std::string> Discovery::names() const {
  std::set<std::string> names;
  for (const std::string& directory : sockets_) add_names(directory, {".sock"}, true, names);
  for (const std::string& directory : specs_)
    add_names(directory, {".spec", ".json"}, false, names);
  return names;
}

}  // namespace volume_docker

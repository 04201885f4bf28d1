// The files of the fake's containers: regular files in memory, with the directories that their
// paths imply. Threads: any.
#pragma once

#include <gantry/cpp/runtime.hpp>
#include <map>
#include <mutex>
#include <string>

namespace fake {

class Files {
 public:
  /// What every container has.
  explicit Files(std::map<std::string, std::string> all) : all_(std::move(all)) {}

  std::string stat(const std::string& id, std::string_view request) const;
  void get(const std::string& id, std::string_view request, int fd,
           const gantry::sdk::Op& op) const;
  void put(const std::string& id, std::string_view request, int fd, const gantry::sdk::Op& op);
  std::string changes(const std::string& id) const;
  void remove(const std::string& id);

 private:
  std::map<std::string, std::string> of(const std::string& id) const;

  const std::map<std::string, std::string> all_;
  mutable std::mutex mutex_;
  std::map<std::string, std::map<std::string, std::string>> added_;  // by container
};

}  // namespace fake

// The calls of gantry/ext/archive.h for containers of this host. Threads: as the header says.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "archive/container_view.hpp"
#include "base/operation.hpp"
#include "roots/root_store.hpp"

namespace gantry::oci {

class ContainerArchive {
 public:
  /// `find_pid`: first process of a running container, or 0.
  ContainerArchive(const RootStore& roots, std::function<pid_t(const std::string& id)> find_pid)
      : roots_(roots), find_pid_(std::move(find_pid)) {}

  std::string stat(const std::string& id, std::string_view request) const;
  void get(const std::string& id, std::string_view request, int fd, const Operation& op) const;
  void put(const std::string& id, std::string_view request, int fd, const Operation& op) const;

 private:
  ContainerView view(const std::string& id, const std::vector<ViewMount>& mounts,
                     ContainerView::Access access) const;

  const RootStore& roots_;
  const std::function<pid_t(const std::string&)> find_pid_;
};

}  // namespace gantry::oci

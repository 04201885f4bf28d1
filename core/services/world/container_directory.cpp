#include "core/services/world/container_directory.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"

namespace gantry::services {
namespace {

constexpr std::size_t kLargestManagedFile = 1u << 20;

/// In place: the file is bind-mounted, a renamed one would stay invisible in the container. Written
/// before it is cut to its new size, so that a reader finds an old tail rather than nothing.
void overwrite(const std::filesystem::path& path, const std::string& content) {
  const UniqueFd fd = file::open(path, O_WRONLY | O_CREAT, 0644);
  ::fchmod(fd.get(), 0644);  // readable for every user of the container, whatever our umask
  file::write_all(fd.get(), content);
  if (::ftruncate(fd.get(), static_cast<off_t>(content.size())) != 0)
    throw_errno("truncate " + path.string());
}

}  // namespace

void ContainerDirectory::create() const { file::make_directories(path_); }
void ContainerDirectory::remove() const { file::remove_tree(path_); }

std::filesystem::path ContainerDirectory::log() const { return path_ / "container.log"; }

void ContainerDirectory::write_hostname(const std::string& content) const {
  overwrite(hostname(), content);
}
void ContainerDirectory::write_hosts(const std::string& content) const {
  overwrite(hosts(), content);
}
void ContainerDirectory::write_resolv_conf(const std::string& content) const {
  overwrite(resolv_conf(), content);
}

void ContainerDirectory::replace(const std::string& path_in_container,
                                 const std::string& content) const {
  overwrite(managed(path_in_container), content);
}

std::string ContainerDirectory::read(const std::string& path_in_container) const {
  // Processes of the container write it, too.
  return file::read(managed(path_in_container), kLargestManagedFile);
}

std::filesystem::path ContainerDirectory::managed(const std::string& path_in_container) const {
  if (path_in_container == "/etc/hosts") return hosts();
  if (path_in_container == "/etc/resolv.conf") return resolv_conf();
  throw Error(Errc::invalid, path_in_container + " is not a file that the engine keeps");
}

}  // namespace gantry::services

#include "core/services/builds/build_secrets.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/log.hpp"
#include "core/base/random.hpp"

namespace gantry::services {

BuildSecrets::~BuildSecrets() {
  for (const auto& file : files_)
    if (::unlink(file.c_str()) != 0) log::warn("the secret of a build stays: " + file.string());
}

std::optional<std::filesystem::path> BuildSecrets::make(const build::RunMount& mount) {
  const auto content = find_ ? find_(mount.id) : std::nullopt;
  if (!content) {
    if (mount.required) throw Error(Errc::not_found, "secret " + mount.id + ": not found");
    return std::nullopt;
  }
  if (!mount.variable.empty()) variables_.push_back(mount.variable + "=" + *content);
  if (mount.target.empty()) return std::nullopt;
  file::make_directories(directory_, 0700);
  files_.push_back(directory_ / random_hex(16));
  const UniqueFd fd = file::open(files_.back(), O_WRONLY | O_CREAT | O_EXCL, 0600);
  file::write_all(fd.get(), *content);
  if (::fchown(fd.get(), mount.uid, mount.gid) != 0 ||
      ::fchmod(fd.get(), static_cast<mode_t>(mount.mode)) != 0)
    throw_errno("set owner of secret " + mount.id);
  return files_.back();
}

}  // namespace gantry::services

// Binds whose source must be opened by the shim: those that share mounts with the host, those of a
// path inside a volume, which whoever writes to the volume could turn into a link to anywhere
// between a look and a mount, and those of an image's files, which are mounted nowhere else. Each
// is opened once, without leaving the volume or image, copied as a detached mount, and attached
// below <bundle>/mounts in the shim's own mount namespace.
#pragma once

#include "../protocol/messages.hpp"
#include "../protocol/unique_fd.hpp"
#include "failure.hpp"

namespace gantry::shim {

class MountSources {
 public:
  // `directory`: what the names in images' mount data are relative to.
  MountSources(const TextList& sources, const char* directory)
      : sources_(sources), directory_(directory) {}

  enum class Which { shared, others };
  // In the shim's new mount namespace: `shared` while its mounts are still peers of the host's. The
  // working directory is the bundle.
  bool open(Which which, Failure& why);
  bool attach(Failure& why);

 private:
  static constexpr std::size_t kMost = 64;
  const TextList sources_;
  const char* const directory_;
  UniqueFd mounts_[kMost];
};

}  // namespace gantry::shim

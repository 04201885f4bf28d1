#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <fstream>

#include "core/services/start/device_weight.hpp"

namespace gantry::services {

bool takes_weight(const std::string& path) noexcept {
  try {
    struct stat node {};
    if (::stat(path.c_str(), &node) != 0 || !S_ISBLK(node.st_mode)) return false;
    const std::string device = "/sys/dev/block/" + std::to_string(major(node.st_rdev)) + ":" +
                               std::to_string(minor(node.st_rdev));
    // A partition has none of its own, but its disk.
    for (const char* place : {"/queue/scheduler", "/../queue/scheduler"}) {
      std::string schedulers;  // "mq-deadline [bfq] none"
      if (std::getline(std::ifstream(device + place), schedulers))
        return schedulers.find("[bfq]") != std::string::npos ||
               schedulers.find("[cfq]") != std::string::npos;
    }
  } catch (const std::exception&) {
    // No memory for the text: as if it were not there.
  }
  return false;
}

}  // namespace gantry::services

#include "text/host_name.hpp"

#include <unistd.h>

namespace log_remote {

std::string host_name(const std::string& given) {
  if (!given.empty()) return given;
  char name[256] = "";
  if (::gethostname(name, sizeof name - 1) != 0 || name[0] == '\0') return "localhost";
  return name;
}

}  // namespace log_remote

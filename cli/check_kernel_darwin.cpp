// macOS: containers are virtual machines of the Containerization framework, which needs macOS 26 on
// Apple silicon.
#include <sys/sysctl.h>

#include <cstdlib>

#include "cli/checks.hpp"

namespace gantry::cli {

namespace {

std::string sysctl_text(const char* name) {
  char text[256] = "";
  size_t size = sizeof text - 1;
  return ::sysctlbyname(name, text, &size, nullptr, 0) == 0 ? text : "";
}

int sysctl_number(const char* name) {
  int number = 0;
  size_t size = sizeof number;
  return ::sysctlbyname(name, &number, &size, nullptr, 0) == 0 ? number : 0;
}

}  // namespace

void check_kernel(const config::Config&, Findings& findings) {
  findings.topic("system");
  const std::string version = sysctl_text("kern.osproductversion");
  if (std::atoi(version.c_str()) >= 26)
    findings.ok("macOS " + version);
  else
    findings.fail("macOS " + version + ": the Containerization framework needs 26 or later",
                  "update macOS");
  if (sysctl_number("hw.optional.arm64") == 1)
    findings.ok("Apple silicon");
  else
    findings.fail("this is no Apple silicon", "there is no way round it");
  if (sysctl_number("kern.hv_support") == 1)
    findings.ok("virtualization is available");
  else
    findings.fail("virtualization is not available",
                  "inside a virtual machine, switch nested virtualization on");
}

}  // namespace gantry::cli

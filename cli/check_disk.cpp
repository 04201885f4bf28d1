#include <sys/statvfs.h>

#include <cstdio>

#include "cli/checks.hpp"

namespace gantry::cli {

namespace {

constexpr double kGiB = 1024.0 * 1024 * 1024;
constexpr double kTooLittle = 0.25 * kGiB, kLittle = 2 * kGiB;

std::string gib(double bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f GiB", bytes / kGiB);
  return text;
}

}  // namespace

config::fs::path nearest_directory(config::fs::path path) {
  std::error_code ec;
  while (path.has_relative_path() && !config::fs::is_directory(path, ec)) path = path.parent_path();
  return path;
}

void check_disk(const config::Config& config, Findings& findings) {
  findings.topic("disk");
  const std::string root = config.daemon.root.string();
  const std::string directory = nearest_directory(config.daemon.root).string();
  struct statvfs disk {};
  if (::statvfs(directory.c_str(), &disk) != 0) {
    findings.fail(root + " cannot be reached", "check the path: [daemon] root");
    return;
  }
  const double free = static_cast<double>(disk.f_bavail) * static_cast<double>(disk.f_frsize);
  const std::string what = root + ": " + gib(free) + " free";
  const std::string mend = "docker system prune, or move [daemon] root to a larger disk";
  if (disk.f_flag & ST_RDONLY)
    findings.fail(root + " is on a read-only filesystem", "remount it, or move [daemon] root");
  else if (free < kTooLittle)
    findings.fail(what, mend);
  else if (free < kLittle)
    findings.warn(what, mend);
  else
    findings.ok(what);
  // Images are many small files; some filesystems run out of inodes first. 0: it has no fixed
  // number.
  if (disk.f_files != 0 && disk.f_favail < disk.f_files / 50)
    findings.warn(root + ": fewer than 2% of the inodes are free", mend);
}

}  // namespace gantry::cli

#include <sys/mount.h>

#include <cerrno>
#include <fstream>
#include <functional>
#include <gantry/cpp/error.hpp>
#include <sstream>

#include "mounting.hpp"

namespace volume_local {

namespace sdk = gantry::sdk;

namespace {

struct Word {
  const char* name;
  unsigned long flag;
  bool clear;
};

constexpr unsigned long kPropagation = MS_PRIVATE | MS_SHARED | MS_SLAVE | MS_UNBINDABLE;

constexpr Word kWords[] = {{"defaults", 0, false},
                           {"ro", MS_RDONLY, false},
                           {"rw", MS_RDONLY, true},
                           {"suid", MS_NOSUID, true},
                           {"nosuid", MS_NOSUID, false},
                           {"dev", MS_NODEV, true},
                           {"nodev", MS_NODEV, false},
                           {"exec", MS_NOEXEC, true},
                           {"noexec", MS_NOEXEC, false},
                           {"sync", MS_SYNCHRONOUS, false},
                           {"async", MS_SYNCHRONOUS, true},
                           {"dirsync", MS_DIRSYNC, false},
                           {"remount", MS_REMOUNT, false},
                           {"mand", MS_MANDLOCK, false},
                           {"nomand", MS_MANDLOCK, true},
                           {"atime", MS_NOATIME, true},
                           {"noatime", MS_NOATIME, false},
                           {"diratime", MS_NODIRATIME, true},
                           {"nodiratime", MS_NODIRATIME, false},
                           {"bind", MS_BIND, false},
                           {"rbind", MS_BIND | MS_REC, false},
                           {"unbindable", MS_UNBINDABLE, false},
                           {"runbindable", MS_UNBINDABLE | MS_REC, false},
                           {"private", MS_PRIVATE, false},
                           {"rprivate", MS_PRIVATE | MS_REC, false},
                           {"shared", MS_SHARED, false},
                           {"rshared", MS_SHARED | MS_REC, false},
                           {"slave", MS_SLAVE, false},
                           {"rslave", MS_SLAVE | MS_REC, false},
                           {"relatime", MS_RELATIME, false},
                           {"norelatime", MS_RELATIME, true},
                           {"strictatime", MS_STRICTATIME, false},
                           {"nostrictatime", MS_STRICTATIME, true}};

struct Parsed {
  unsigned long flags = 0;
  std::string data;
};

Parsed parse(const std::string& options) {
  Parsed parsed;
  std::istringstream words(options);
  for (std::string word; std::getline(words, word, ',');) {
    if (word.empty()) continue;
    bool known = false;
    for (const Word& candidate : kWords) {
      if (word != candidate.name) continue;
      known = true;
      parsed.flags =
          candidate.clear ? parsed.flags & ~candidate.flag : parsed.flags | candidate.flag;
    }
    if (!known) parsed.data += (parsed.data.empty() ? "" : ",") + word;
  }
  return parsed;
}

/// Go prints errno texts in lower case, and clients compare.
std::string errno_text(int err) {
  std::string text = std::generic_category().message(err);
  if (!text.empty()) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

void mount_or_throw(const std::string& device, const std::string& target, const std::string& type,
                    unsigned long flags, const std::string& data) {
  if (::mount(device.c_str(), target.c_str(), type.c_str(), flags, data.c_str()) == 0) return;
  const int err = errno;
  std::ostringstream what;
  what << "mount " << device << ':' << target;
  if (flags != 0) what << ", flags: 0x" << std::hex << flags;
  if (!data.empty()) what << ", data: " << data;
  what << ": " << errno_text(err);
  throw sdk::Error(GANTRY_INTERNAL, what.str(), err);
}

/// The mount point of one line of mountinfo (proc(5)): the fifth field, with \040 for a blank.
std::string mount_point(const std::string& line) {
  std::istringstream fields(line);
  std::string field;
  for (int i = 0; i < 5; ++i) fields >> field;
  std::string path;
  for (size_t i = 0; i < field.size(); ++i) {
    if (field[i] == '\\' && i + 3 < field.size()) {
      path += static_cast<char>(std::stoi(field.substr(i + 1, 3), nullptr, 8));
      i += 3;
    } else {
      path += field[i];
    }
  }
  return path;
}

bool any_mount(const std::function<bool(const std::string&)>& wanted) {
  std::ifstream table("/proc/self/mountinfo");
  if (!table) throw sdk::os_error("open /proc/self/mountinfo");
  for (std::string line; std::getline(table, line);)
    if (wanted(mount_point(line))) return true;
  return false;
}

}  // namespace

void mount_filesystem(const std::string& device, const std::string& target, const std::string& type,
                      const std::string& options) {
  const Parsed parsed = parse(options);
  mount_or_throw(device, target, type, parsed.flags & ~kPropagation, parsed.data);
  try {
    // The kernel takes propagation, and read-only for a bind, in calls of their own (mount(2)).
    if (parsed.flags & kPropagation)
      mount_or_throw("", target, "", parsed.flags & (kPropagation | MS_REC), "");
    if ((parsed.flags & MS_BIND) && (parsed.flags & MS_RDONLY))
      mount_or_throw("", target, "", (parsed.flags & ~kPropagation) | MS_REMOUNT, parsed.data);
  } catch (...) {
    ::umount2(target.c_str(), MNT_DETACH);
    throw;
  }
}

void unmount_filesystem(const std::string& target) {
  if (::umount2(target.c_str(), UMOUNT_NOFOLLOW) == 0) return;
  const int err = errno;
  throw sdk::Error(err == EBUSY ? GANTRY_CONFLICT : GANTRY_INTERNAL,
                   "unmount " + target + ": " + errno_text(err), err);
}

bool is_mounted(const std::string& target) {
  return any_mount([&](const std::string& point) { return point == target; });
}

bool has_mounts_below(const std::string& directory) {
  const std::string prefix = directory + "/";
  return any_mount(
      [&](const std::string& point) { return point == directory || point.rfind(prefix, 0) == 0; });
}

}  // namespace volume_local

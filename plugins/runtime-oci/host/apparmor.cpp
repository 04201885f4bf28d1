#include "host/apparmor.hpp"

#include <cstdio>

#include "base/child_process.hpp"
#include "base/error.hpp"
#include "base/file.hpp"

namespace gantry::oci {
namespace {

constexpr std::chrono::seconds kLoadLimit{20};

// The kernel lists each with its mode.
bool kernel_has(const std::string& profile, const char* mode = "") {
  const std::string list = "\n" + find_text("/sys/kernel/security/apparmor/profiles").value_or("");
  return list.find("\n" + profile + " (" + mode) != std::string::npos;
}

std::string find_parser() {
  const std::string enabled = find_text("/sys/module/apparmor/parameters/enabled").value_or("");
  if (!enabled.starts_with('Y') || !exists("/sys/kernel/security/apparmor/profiles")) return {};
  for (const char* path : {"/sbin/apparmor_parser", "/usr/sbin/apparmor_parser"})
    if (exists(path)) return path;
  return {};
}

}  // namespace

AppArmor::AppArmor(std::string run_dir)
    : note_(std::move(run_dir) + "/apparmor-profile"), parser_(find_parser()) {}

void AppArmor::load_default() {
  const std::lock_guard lock(mutex_);
  // Others may take it away again: whoever reloads all profiles of a host, say.
  const bool is_there = kernel_has(kDefaultProfile, "enforce)");
  if (loaded_ && is_there) return;
  const std::string text = apparmor_profile(kDefaultProfile);
  if (!is_there || find_text(note_) != text) {
    const std::string given = note_ + ".new";
    replace_file(given, text);
    const ChildResult result = run_child({parser_, "-K", "-r", given}, kLoadLimit);
    if (result.exit_code != 0)
      throw Error(GANTRY_UNAVAILABLE, std::string("the AppArmor profile ") + kDefaultProfile +
                                          " cannot be loaded: " + result.output);
    if (::rename(given.c_str(), note_.c_str()) != 0) throw_errno("rename " + given);
  }
  loaded_ = true;
}

void AppArmor::need(const std::string& profile) {
  if (profile == kDefaultProfile) return load_default();
  if (!kernel_has(profile))
    throw Error(GANTRY_INVALID, "AppArmor profile \"" + profile + "\" is not loaded");
}

}  // namespace gantry::oci

// AppArmor, where the host has it: the profile that containers get unless they ask for another
// one. Any thread.
#pragma once

#include <mutex>
#include <string>

namespace gantry::oci {

class AppArmor {
 public:
  static constexpr const char* kDefaultProfile = "gantry-default";

  /// `run_dir`: where is noted what this kernel has been given; goes with a reboot, or says too
  /// much then, which is noticed.
  explicit AppArmor(std::string run_dir);

  /// The kernel confines by it, and the program that loads profiles is there.
  bool is_enabled() const { return !parser_.empty(); }
  /// Gives the kernel the default profile as this version has it, unless it has it.
  /// GANTRY_UNAVAILABLE with what the program said.
  void load_default();

 private:
  const std::string note_, parser_;
  std::mutex mutex_;
  bool loaded_ = false;
};

/// The text of that profile.
std::string apparmor_profile(const std::string& name);

}  // namespace gantry::oci

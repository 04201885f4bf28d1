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
  /// The kernel has the profile after this: the default one is given to it as this version has it,
  /// unless it has it. GANTRY_UNAVAILABLE with what the program said, GANTRY_INVALID for another
  /// one that is not there.
  void need(const std::string& profile);

 private:
  void load_default();

  const std::string note_, parser_;
  std::mutex mutex_;
  bool loaded_ = false;
};

/// The text of that profile.
std::string apparmor_profile(const std::string& name);

}  // namespace gantry::oci

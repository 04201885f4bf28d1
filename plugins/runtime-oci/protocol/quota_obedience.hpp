// For as long as it lives the thread has no CAP_SYS_RESOURCE in effect, which ext4 takes as leave
// to exceed quotas. Overlayfs writes to its upper directory as whoever mounted it: a root is held
// to its limit only when it was mounted like this, and then whatever capabilities its container
// has (but for shared mappings on ext4, where the writing process is asked).
#pragma once

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace gantry::shim {

class QuotaObedience {
 public:
  explicit QuotaObedience(bool wanted) : wanted_(wanted) {
    if (!wanted_) return;
    if (::syscall(SYS_capget, &header_, sets_) != 0) return;
    __user_cap_data_struct lower[_LINUX_CAPABILITY_U32S_3] = {sets_[0], sets_[1]};
    lower[CAP_TO_INDEX(CAP_SYS_RESOURCE)].effective &= ~CAP_TO_MASK(CAP_SYS_RESOURCE);
    lowered_ = ::syscall(SYS_capset, &header_, lower) == 0;
  }
  ~QuotaObedience() {
    if (lowered_) ::syscall(SYS_capset, &header_, sets_);
  }
  QuotaObedience(const QuotaObedience&) = delete;
  QuotaObedience& operator=(const QuotaObedience&) = delete;

  /// False: the thread kept the capability; errno says why.
  bool is_as_wanted() const { return lowered_ == wanted_; }

 private:
  const bool wanted_;
  bool lowered_ = false;
  __user_cap_header_struct header_{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets_[_LINUX_CAPABILITY_U32S_3] = {};
};

}  // namespace gantry::shim

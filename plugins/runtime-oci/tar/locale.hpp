// libarchive converts names by the calling thread's locale; here it is chosen for a scope.
#pragma once

#include <locale.h>

namespace gantry::oci {

class ScopedLocale {
 public:
  /// For reading: names are bytes, passed on as they are.
  static ScopedLocale bytes() { return ScopedLocale(LC_ALL_MASK, "C"); }
  /// For writing: the pax writer passes valid UTF-8 on as it is.
  static ScopedLocale utf8() { return ScopedLocale(LC_CTYPE_MASK, "C.UTF-8"); }
  ~ScopedLocale() {
    if (locale_ == nullptr) return;
    ::uselocale(before_);
    ::freelocale(locale_);
  }
  ScopedLocale(const ScopedLocale&) = delete;
  ScopedLocale& operator=(const ScopedLocale&) = delete;

 private:
  ScopedLocale(int mask, const char* name) : locale_(::newlocale(mask, name, nullptr)) {
    if (locale_ != nullptr) before_ = ::uselocale(locale_);
  }

  locale_t locale_;
  locale_t before_ = nullptr;
};

}  // namespace gantry::oci

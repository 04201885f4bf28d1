// libarchive converts names by the calling thread's locale; here it is chosen for a scope.
#pragma once

#include <locale.h>

namespace gantry::oci {

class ScopedLocale {
 public:
  /// For reading: names are bytes, passed on as they are.
  static ScopedLocale bytes() {
    static const locale_t kept = ::newlocale(LC_ALL_MASK, "C", nullptr);
    return ScopedLocale(kept);
  }
  /// For writing: the pax writer passes valid UTF-8 on as it is.
  static ScopedLocale utf8() {
    static const locale_t kept = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return ScopedLocale(kept);
  }
  ~ScopedLocale() {
    if (before_ != nullptr) ::uselocale(before_);
  }
  ScopedLocale(const ScopedLocale&) = delete;
  ScopedLocale& operator=(const ScopedLocale&) = delete;

 private:
  // Made once for the life of the process; null (out of memory): the thread keeps its own.
  explicit ScopedLocale(locale_t locale)
      : before_(locale == nullptr ? nullptr : ::uselocale(locale)) {}

  const locale_t before_;
};

}  // namespace gantry::oci

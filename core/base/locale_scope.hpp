// libarchive converts names by the calling thread's locale; here it is chosen for a scope. One
// thread.
#pragma once

#include <locale.h>
#ifdef __APPLE__
#include <xlocale.h>
#endif

namespace gantry {

class LocaleScope {
 public:
  /// For reading: names are bytes, passed on as they are.
  static LocaleScope bytes() {
    static const locale_t kept = ::newlocale(LC_ALL_MASK, "C", nullptr);
    return LocaleScope(kept);
  }
  /// For writing: the pax writer passes valid UTF-8 on as it is.
  static LocaleScope utf8() {
    static const locale_t kept = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return LocaleScope(kept);
  }
  ~LocaleScope() {
    if (before_ != nullptr) ::uselocale(before_);
  }
  LocaleScope(const LocaleScope&) = delete;
  LocaleScope& operator=(const LocaleScope&) = delete;

 private:
  // Made once for the life of the process; null (out of memory): the thread keeps its own.
  explicit LocaleScope(locale_t locale)
      : before_(locale == nullptr ? nullptr : ::uselocale(locale)) {}

  const locale_t before_;
};

}  // namespace gantry

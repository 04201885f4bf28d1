#include "cli/findings.hpp"

#include <cstdio>

#include "core/base/text.hpp"

namespace gantry::cli {

void Findings::print(const char* level, const std::string& what, const std::string& mend) {
  std::printf("  %s  %s\n", level, what.c_str());
  if (mend.empty()) return;
  for (const auto& line : text::split(mend, '\n')) std::printf("        mend: %s\n", line.c_str());
}

void Findings::topic(const std::string& name) { std::printf("%s\n", name.c_str()); }
void Findings::ok(const std::string& what) { print("ok  ", what, {}); }

void Findings::warn(const std::string& what, const std::string& mend) {
  ++warnings_;
  print("warn", what, mend);
}

void Findings::fail(const std::string& what, const std::string& mend) {
  ++failures_;
  print("FAIL", what, mend);
}

}  // namespace gantry::cli

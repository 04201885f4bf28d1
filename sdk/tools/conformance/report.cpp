#include "conformance/report.hpp"

#include <chrono>
#include <cstdio>

namespace conformance {

void expect(bool holds, const std::string& what) {
  if (!holds) throw Failure(what);
}

void Report::run(const std::string& name, const std::function<void()>& body) {
  const auto start = std::chrono::steady_clock::now();
  const char* verdict = "ok  ";
  std::string why;
  try {
    body();
    ++passed_;
  } catch (const Skip& e) {
    ++skipped_;
    verdict = "skip";
    why = e.what();
  } catch (const std::exception& e) {
    ++failed_;
    verdict = "FAIL";
    why = e.what();
  }
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - start);
  std::printf("%s  %s", verdict, name.c_str());
  if (verbose_) std::printf("  (%lld ms)", static_cast<long long>(took.count()));
  if (!why.empty()) std::printf("\n      %s", why.c_str());
  std::printf("\n");
  std::fflush(stdout);
}

void Report::note(const std::string& text) const {
  std::printf("      %s\n", text.c_str());
  std::fflush(stdout);
}

}  // namespace conformance

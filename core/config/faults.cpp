#include "core/config/faults.hpp"

#include <algorithm>
#include <tuple>

#include "core/base/error.hpp"

namespace gantry::config {

void Faults::at(const std::string& file, unsigned line, unsigned column, std::string what) {
  faults_.push_back(
      {line, column,
       file + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + std::move(what)});
}

void Faults::in(const std::string& source, std::string what) {
  faults_.push_back({0, 0, source + ": " + std::move(what)});
}

void Faults::throw_if_any() {
  if (faults_.empty()) return;
  std::stable_sort(faults_.begin(), faults_.end(), [](const Fault& a, const Fault& b) {
    return std::tie(a.line, a.column) < std::tie(b.line, b.column);
  });
  std::string all;
  for (const auto& fault : faults_) all += (all.empty() ? "" : "\n") + fault.text;
  throw Error(Errc::invalid, all);
}

}  // namespace gantry::config

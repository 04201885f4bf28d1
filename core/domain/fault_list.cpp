#include "core/domain/fault_list.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace gantry::domain {

void throw_faults(const std::string& head, const std::vector<std::string>& faults) {
  if (faults.empty()) return;
  throw Error(
      Errc::invalid,
      head + ":\n" + (faults.size() == 1 ? faults.front() : "* " + text::join(faults, "\n* ")));
}

}  // namespace gantry::domain

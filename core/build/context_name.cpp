#include "core/build/context_name.hpp"

#include "core/base/text.hpp"
#include "core/images/reference.hpp"

namespace gantry::build {

std::string context_name(std::string_view name) {
  constexpr std::string_view kLatest = ":latest";
  const std::string lower = text::lower(name);
  const auto reference = images::find_reference(lower);
  std::string familiar = reference ? reference->familiar() : lower;
  if (familiar.ends_with(kLatest)) familiar.resize(familiar.size() - kLatest.size());
  return familiar;
}

}  // namespace gantry::build

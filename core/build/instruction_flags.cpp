#include "core/build/instruction_flags.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/build/raw_words.hpp"

namespace gantry::build {

FlagValues flag_values(const std::vector<std::string>& flags, const std::vector<std::string>& known,
                       char escape) {
  FlagValues values;
  for (const std::string& raw : flags) {
    const std::string flag = unquoted(raw, escape);
    const std::size_t equals = flag.find('=');
    const std::string dashed = flag.substr(0, equals);
    const std::string name = dashed.substr(2);
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw Error(Errc::invalid, "unknown flag: " + dashed);
    if (equals == std::string::npos)
      throw Error(Errc::invalid, "missing a value on flag: " + dashed);
    if (!values.emplace(name, flag.substr(equals + 1)).second)
      throw Error(Errc::invalid, "duplicate flag specified: " + dashed);
  }
  return values;
}

}  // namespace gantry::build

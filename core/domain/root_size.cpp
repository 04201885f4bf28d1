#include "core/domain/root_size.hpp"

#include <string>

#include "core/base/byte_size.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace gantry::domain {
std::uint64_t root_size(const json::Node& storage_options) {
  std::uint64_t size = 0;
  storage_options.each_member([&](std::string_view key, const json::Node& value) {
    if (text::lower(std::string(key)) != "size") invalid("Unknown option " + std::string(key));
    size = parse_ram_bytes(value.str());
  });
  return size;
}

}  // namespace gantry::domain

#include "core/services/base/client_connection.hpp"

namespace gantry::services {

std::string stream_chunk(bool framed, int stream, const std::string& text) {
  if (!framed) return text;
  const auto size = static_cast<std::uint32_t>(text.size());
  std::string chunk(8, '\0');
  chunk[0] = static_cast<char>(stream);
  for (int i = 0; i < 4; ++i)
    chunk[static_cast<size_t>(4 + i)] = static_cast<char>(size >> (24 - 8 * i));
  return chunk + text;
}

}  // namespace gantry::services

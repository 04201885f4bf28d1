#include "core/base/random.hpp"

#include <sys/random.h>
#include <unistd.h>

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace gantry {
namespace {

constexpr size_t kEntropyPerCall = 256;  // limit of getentropy(3)

void fill(unsigned char* data, size_t size) {
  while (size > 0) {
    const size_t part = std::min(size, kEntropyPerCall);
    if (::getentropy(data, part) != 0) throw_errno("getentropy");
    data += part;
    size -= part;
  }
}

/// Docker rejects ids whose short form is a number: it is the default hostname, and a numeric one
/// is taken for an address by some resolvers.
bool short_form_is_number(const std::string& id) {
  return id.size() >= 12 &&
         std::all_of(id.begin(), id.begin() + 12, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string random_hex(size_t bytes) {
  std::string raw(bytes, '\0');
  for (;;) {
    fill(reinterpret_cast<unsigned char*>(raw.data()), raw.size());
    std::string id = text::hex(raw.data(), raw.size());
    if (!short_form_is_number(id)) return id;
  }
}

std::uint32_t random_below(std::uint32_t bound) {
  // Values under the largest multiple of `bound` only, else small results would be likelier.
  const std::uint32_t rest = (UINT32_MAX % bound + 1) % bound;
  for (;;) {
    std::uint32_t value = 0;
    fill(reinterpret_cast<unsigned char*>(&value), sizeof value);
    if (value <= UINT32_MAX - rest) return value % bound;
  }
}

}  // namespace gantry

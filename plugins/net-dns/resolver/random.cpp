#include "resolver/random.hpp"

#include <unistd.h>
#ifdef __APPLE__
#include <sys/random.h>
#endif

#include <array>
#include <cstdlib>

namespace net_dns {

std::uint16_t random_id() {
  static std::array<std::uint16_t, 64> pool;
  static std::size_t used = pool.size();
  if (used == pool.size()) {
    if (::getentropy(pool.data(), sizeof pool) != 0) std::abort();
    used = 0;
  }
  return pool[used++];
}

}  // namespace net_dns

#include "core/domain/go_file_mode.hpp"

namespace gantry::domain {
namespace {

// As every system the engine runs on has them; they come from the runtime, not from this host.
constexpr std::uint32_t kTypeMask = 0170000, kSocket = 0140000, kLink = 0120000, kBlock = 0060000,
                        kDirectory = 0040000, kCharacter = 0020000, kFifo = 0010000;
constexpr std::uint32_t kSetUid = 04000, kSetGid = 02000, kSticky = 01000;

}  // namespace

std::uint32_t go_file_mode(std::uint32_t st_mode) {
  constexpr auto bit = [](int n) { return std::uint32_t{1} << n; };
  std::uint32_t mode = st_mode & 0777;
  switch (st_mode & kTypeMask) {
    case kDirectory:
      mode |= bit(31);
      break;
    case kLink:
      mode |= bit(27);
      break;
    case kBlock:
      mode |= bit(26);
      break;
    case kFifo:
      mode |= bit(25);
      break;
    case kSocket:
      mode |= bit(24);
      break;
    case kCharacter:
      mode |= bit(26) | bit(21);
      break;
    default:
      break;
  }
  if ((st_mode & kSetUid) != 0) mode |= bit(23);
  if ((st_mode & kSetGid) != 0) mode |= bit(22);
  if ((st_mode & kSticky) != 0) mode |= bit(20);
  return mode;
}

}  // namespace gantry::domain

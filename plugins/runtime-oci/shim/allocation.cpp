// What the shim needs of the C++ runtime, without libstdc++: its compiled part would bring
// exceptions, locales and some 700 KB along. Memory that can't be had ends the process: the
// container goes on, the plugin reports it lost.
#include <cstddef>
#include <cstdlib>

void* operator new(std::size_t size) {
  void* block = std::malloc(size != 0 ? size : 1);
  if (block == nullptr) std::abort();
  return block;
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }

// NOLINTBEGIN(bugprone-reserved-identifier): the names are the C++ ABI's and the library's.
extern "C" [[noreturn]] void __cxa_pure_virtual();
extern "C" [[noreturn]] void __cxa_pure_virtual() { std::abort(); }

namespace std {
// Called by std::vector's inline code.
[[noreturn]] void __throw_length_error(const char*);
[[noreturn]] void __throw_length_error(const char*) { abort(); }
[[noreturn]] void __throw_bad_alloc();
[[noreturn]] void __throw_bad_alloc() { abort(); }
[[noreturn]] void __throw_bad_array_new_length();
[[noreturn]] void __throw_bad_array_new_length() { abort(); }
}  // namespace std
// NOLINTEND(bugprone-reserved-identifier)

// One read's worth of output, shared by the clients that have not been sent all of it yet.
// Single-threaded reference count. A few large blocks are kept for the next read while a process is
// busy: fresh memory from the kernel costs a page fault every 4 KiB.
#pragma once

#include <cstdlib>
#include <cstring>
#include <utility>

namespace gantry::shim {

class Chunk {
 public:
  Chunk() = default;
  // Uninitialised memory: large blocks come straight from the kernel and cost nothing until
  // written.
  static Chunk make(std::size_t capacity) {
    Chunk chunk;
    chunk.block_ = static_cast<Block*>(std::malloc(sizeof(Block) + capacity));
    if (chunk.block_ == nullptr) std::abort();
    chunk.block_->references = 1;
    chunk.block_->capacity = capacity;
    return chunk;
  }
  static constexpr std::size_t kLarge = 256u << 10;
  static Chunk make_large() {
    Chunk chunk;
    if (spare_ != nullptr) {
      chunk.block_ = std::exchange(spare_, spare_->next);
      --spares_;
      chunk.block_->references = 1;
      return chunk;
    }
    return make(kLarge);
  }
  static void release_spares() {
    while (spare_ != nullptr) std::free(std::exchange(spare_, spare_->next));
    spares_ = 0;
  }
  static Chunk copy_of(const char* from, std::size_t size) {
    Chunk chunk = make(size);
    std::memcpy(chunk.data(), from, size);
    return chunk;
  }
  Chunk(const Chunk& other) : block_(other.block_) {
    if (block_ != nullptr) ++block_->references;
  }
  Chunk(Chunk&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  Chunk& operator=(Chunk other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~Chunk() {
    if (block_ == nullptr || --block_->references != 0) return;
    if (block_->capacity == kLarge && spares_ < kMaxSpares) {
      block_->next = std::exchange(spare_, block_);
      ++spares_;
    } else {
      std::free(block_);
    }
  }

  explicit operator bool() const { return block_ != nullptr; }
  bool shared() const { return block_->references > 1; }
  std::size_t capacity() const { return block_->capacity; }
  char* data() const { return reinterpret_cast<char*>(block_ + 1); }

 private:
  struct Block {
    std::size_t references;
    std::size_t capacity;
    Block* next;  // while spare
  };
  static constexpr int kMaxSpares = 8;
  inline static Block* spare_ = nullptr;
  inline static int spares_ = 0;
  Block* block_ = nullptr;
};

}  // namespace gantry::shim

// A growing byte buffer in malloc'ed memory; move-only. append() ends the process when memory is
// out, try_reserve() says so.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

namespace gantry::shim {

class Bytes {
 public:
  Bytes() = default;
  explicit Bytes(std::string_view content) { append(content.data(), content.size()); }
  Bytes(Bytes&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  Bytes& operator=(Bytes&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;
  ~Bytes() { std::free(data_); }

  bool try_reserve(std::size_t capacity) {
    if (capacity <= capacity_) return true;
    void* grown = std::realloc(data_, capacity);
    if (grown == nullptr) return false;
    data_ = static_cast<char*>(grown);
    capacity_ = capacity;
    return true;
  }
  void append(const char* from, std::size_t size) {
    if (size == 0) return;
    if (size > PTRDIFF_MAX - size_) std::abort();
    if (size > capacity_ - size_ && !try_reserve(size_ + size + capacity_ / 2)) std::abort();
    std::memcpy(data_ + size_, from, size);
    size_ += size;
  }
  // For a caller that wrote into data() itself, up to the capacity.
  void set_size(std::size_t size) { size_ = size; }
  void release() { *this = Bytes(); }

  char* data() { return data_; }
  const char* data() const { return data_; }
  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  std::string_view view() const { return {data_, size_}; }

 private:
  char* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace gantry::shim

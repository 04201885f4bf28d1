// Finds the detach sequence in what a client types on a terminal.
//
// As Docker does it: a beginning of the sequence is held back; when the next key does not continue
// it, all of it goes to the process and matching starts anew *after* that key (moby's
// term.escapeProxy).
#pragma once

#include <cstring>
#include <string_view>

namespace gantry::shim {

class DetachKeys {
 public:
  static constexpr std::size_t kMax = 64;

  explicit DetachKeys(std::string_view keys = {}) : size_(keys.size() <= kMax ? keys.size() : 0) {
    if (size_ > 0) std::memcpy(keys_, keys.data(), size_);
  }
  bool enabled() const { return size_ > 0; }

  // Filters `in` to `out`, which has room for in.size() + kMax bytes. Returns the bytes to forward;
  // sets `detached` when the sequence is complete (the rest of `in` is dropped).
  std::size_t filter(std::string_view in, char* out, bool& detached) {
    std::size_t n = 0;
    for (const char key : in) {
      if (key == keys_[matched_]) {
        if (++matched_ == size_) {
          detached = true;
          matched_ = 0;
          return n;
        }
        continue;
      }
      n += flush(out + n);
      out[n++] = key;
    }
    return n;
  }
  // What is held back, at the end of input.
  std::size_t flush(char* out) {
    std::memcpy(out, keys_, matched_);
    const std::size_t n = matched_;
    matched_ = 0;
    return n;
  }

 private:
  char keys_[kMax] = {};
  std::size_t size_ = 0;
  std::size_t matched_ = 0;
};

}  // namespace gantry::shim

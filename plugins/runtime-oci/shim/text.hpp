// Text built in place, without allocation: paths, numbers, messages. What does not fit is cut off
// and remembered (truncated()). Safe between fork and exec.
#pragma once

#include <charconv>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace gantry::shim {

template <std::size_t N>
class Text {
 public:
  Text() { data_[0] = '\0'; }
  template <class... Parts>
  explicit Text(std::string_view first, const Parts&... parts) : Text() {
    add(first);
    (add(parts), ...);
  }

  Text& add(std::string_view part) {
    const std::size_t room = N - 1 - size_;
    if (part.size() > room) {
      truncated_ = true;
      part = std::string_view(part.data(), room);
    }
    if (!part.empty()) std::memcpy(data_ + size_, part.data(), part.size());
    size_ += part.size();
    data_[size_] = '\0';
    return *this;
  }
  template <class T>
  requires std::is_integral_v<T> Text& add(T number) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, number);
    return add(std::string_view(digits, static_cast<std::size_t>(end.ptr - digits)));
  }

  const char* c_str() const { return data_; }
  std::string_view view() const { return {data_, size_}; }
  bool truncated() const { return truncated_; }

 private:
  char data_[N];
  std::size_t size_ = 0;
  bool truncated_ = false;
};

using Path = Text<4096>;

}  // namespace gantry::shim

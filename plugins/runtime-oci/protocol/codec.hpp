// Encoding of message bodies. Fields follow each other without tags, in the order of the struct's
// fields(): integers in host order, text as {u32 length, bytes, NUL}, so that a decoded text is a C
// string.
//
// Decoding allocates nothing: texts point into the message. It never reads outside the body: a
// field that the body ends before keeps its default (an older sender); a field that is cut off
// makes ok() false. Used by both ends; the shim is built without exceptions and without libstdc++'s
// compiled part.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace gantry::shim {

// `count` C strings back to back. Empty list: {}.
struct TextList {
  std::uint32_t count = 0;
  std::string_view bytes;

  // Calls f(const char*) for each; false when `bytes` does not hold exactly `count` strings.
  template <class F>
  bool each(F&& f) const {
    std::size_t at = 0;
    for (std::uint32_t i = 0; i < count; ++i) {
      if (at >= bytes.size()) return false;
      const void* end = std::memchr(bytes.data() + at, 0, bytes.size() - at);
      if (end == nullptr) return false;
      f(bytes.data() + at);
      at = static_cast<std::size_t>(static_cast<const char*>(end) - bytes.data()) + 1;
    }
    return at == bytes.size();
  }
};

// Buffer: anything with append(const char*, size_t), such as std::string.
template <class Buffer>
class Encoder {
 public:
  explicit Encoder(Buffer& out) : out_(out) {}

  template <class T>
  requires std::is_integral_v<T>
  void operator()(T value) { out_.append(reinterpret_cast<const char*>(&value), sizeof value); }
  void operator()(std::string_view text) {
    (*this)(static_cast<std::uint32_t>(text.size()));
    out_.append(text.data(), text.size());
    out_.append("", 1);
  }
  void operator()(const TextList& list) {
    (*this)(list.count);
    (*this)(list.bytes);
  }

 private:
  Buffer& out_;
};

class Decoder {
 public:
  explicit Decoder(std::string_view body) : at_(body.data()), left_(body.size()) {}

  template <class T>
  requires std::is_integral_v<T>
  void operator()(T& value) {
    if (left_ == 0) return;
    if (left_ < sizeof value) return fail();
    std::memcpy(&value, at_, sizeof value);
    advance(sizeof value);
  }
  void operator()(std::string_view& text) {
    text = "";
    if (left_ == 0) return;
    std::uint32_t size = 0;
    (*this)(size);
    if (!ok_ || size >= left_ || at_[size] != '\0') return fail();
    text = std::string_view(at_, size);
    advance(std::size_t{size} + 1);
  }
  void operator()(TextList& list) {
    (*this)(list.count);
    (*this)(list.bytes);
    if (!list.each([](const char*) {})) fail();
  }
  bool ok() const { return ok_; }

 private:
  void advance(std::size_t n) {
    at_ += n;
    left_ -= n;
  }
  void fail() {
    ok_ = false;
    left_ = 0;
  }
  const char* at_;
  std::size_t left_;
  bool ok_ = true;
};

}  // namespace gantry::shim

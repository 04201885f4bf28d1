// The fields of one HEADERS frame as they come in, up to a limit. Guarded by the session's mutex.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/grpc/call.hpp"

namespace gantry::grpc {

class HeaderBlock {
 public:
  /// Of a block, counted as HTTP/2's SETTINGS_MAX_HEADER_LIST_SIZE counts.
  static constexpr size_t kMaxSize = 64u << 10;

  /// What is beyond the limit is not kept.
  void add(std::string_view name, std::string_view value) {
    size_ += name.size() + value.size() + 32;
    if (!too_large()) fields_.emplace_back(name, value);
  }
  bool too_large() const { return size_ > kMaxSize; }
  const Metadata& fields() const { return fields_; }
  void clear() { *this = HeaderBlock(); }

 private:
  Metadata fields_;
  size_t size_ = 0;
};

}  // namespace gantry::grpc

// Header fields to send, in nghttp2's form. Holds views: nghttp2 copies what it is given, so the
// strings need to live until the list has been submitted.
#pragma once

#include <nghttp2/nghttp2.h>

#include <string_view>
#include <vector>

namespace gantry::grpc {

class FieldList {
 public:
  void add(std::string_view name, std::string_view value) {
    fields_.push_back({bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
  }
  const nghttp2_nv* data() const { return fields_.data(); }
  size_t size() const { return fields_.size(); }

 private:
  /// nghttp2 does not write there; its types have no const.
  static std::uint8_t* bytes(std::string_view text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  }
  std::vector<nghttp2_nv> fields_;
};

}  // namespace gantry::grpc

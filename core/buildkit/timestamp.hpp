// Times on the wire (google.protobuf.Timestamp). Pure, any thread.
#pragma once

#include "core/base/time.hpp"
#include "core/buildkit/proto/control.pb.h"

namespace gantry::buildkit {

inline constexpr UnixNanos kSecond = 1'000'000'000;

inline void set_time(proto::Timestamp* into, UnixNanos nanos) {
  into->set_seconds(nanos / kSecond);
  into->set_nanos(static_cast<std::int32_t>(nanos % kSecond));
}

}  // namespace gantry::buildkit

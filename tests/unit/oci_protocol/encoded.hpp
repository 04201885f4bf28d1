// A message body as the wire carries it, for tests.
#pragma once

#include <string>

#include "protocol/codec.hpp"

namespace gantry::test {

template <class Message>
std::string encoded(Message message) {
  std::string body;
  message.fields(gantry::shim::Encoder<std::string>(body));
  return body;
}

}  // namespace gantry::test

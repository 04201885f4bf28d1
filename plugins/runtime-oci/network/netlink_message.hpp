// Netlink messages put together by hand, where libnl has no object for them. One thread.
#pragma once

#include <netlink/attr.h>
#include <netlink/msg.h>

#include <cstdint>
#include <string>

namespace gantry::oci {

/// Throws GANTRY_INTERNAL: the message has no room for more.
void must(bool fits);
void put_text(nl_msg* message, int type, const std::string& text);
void put_number(nl_msg* message, int type, std::uint32_t value);

/// An attribute made of those that are put while it lives.
class Nest {
 public:
  Nest(nl_msg* message, int type);
  ~Nest() { ::nla_nest_end(message_, start_); }
  Nest(const Nest&) = delete;
  Nest& operator=(const Nest&) = delete;

 private:
  nl_msg* message_;
  nlattr* start_;
};

}  // namespace gantry::oci

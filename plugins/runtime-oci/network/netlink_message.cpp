#include "network/netlink_message.hpp"

#include "base/error.hpp"

namespace gantry::oci {

void must(bool fits) {
  if (!fits) throw Error(GANTRY_INTERNAL, "netlink message too long");
}

void put_text(nl_msg* message, int type, const std::string& text) {
  must(::nla_put_string(message, type, text.c_str()) == 0);
}

void put_number(nl_msg* message, int type, std::uint32_t value) {
  must(::nla_put_u32(message, type, value) == 0);
}

Nest::Nest(nl_msg* message, int type)
    : message_(message), start_(::nla_nest_start(message, type | NLA_F_NESTED)) {
  must(start_ != nullptr);
}

}  // namespace gantry::oci

// HTTP status codes: for error classes, and their reason phrases. Pure: any thread.
#pragma once

#include <string_view>

#include "core/base/error.hpp"

namespace gantry::http {

int status_of(Errc code);
std::string_view reason_of(int status);
/// 1xx, 204 and 304 have no body and no length.
constexpr bool is_bodyless(int status) { return status < 200 || status == 204 || status == 304; }

}  // namespace gantry::http

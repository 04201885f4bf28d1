// Docker's error body (behaviours.md 1.5). Pure: any thread.
#pragma once

#include <string>
#include <string_view>

namespace gantry::http {

/// {"message":"..."} and a newline.
std::string error_body(std::string_view message);

}  // namespace gantry::http

// Whose messages they are.
#pragma once

#include <string>

namespace log_remote {

/// `given`, or the machine's name when it is empty. Any thread.
std::string host_name(const std::string& given);

}  // namespace log_remote

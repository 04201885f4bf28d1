// Texts of files in messages, which are never long. Private to core/devices. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace gantry::devices {

constexpr size_t kQuotedBytes = 80, kFaultBytes = 240;

/// The text, or its beginning and "…" where it has more bytes.
std::string shortened(std::string_view text, size_t bytes);
/// In quotes, shortened to kQuotedBytes.
std::string in_quotes(std::string_view text);

}  // namespace gantry::devices

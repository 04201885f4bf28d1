// Appends and replays container log records (gantry/logfile.h). The caller serialises. No rotation.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace fake {

void append_log(const std::string& path, int stream, std::string_view payload);
/// Every whole record from `offset` on.
void replay_log(const std::string& path, std::uint64_t offset,
                const std::function<void(int stream, std::string_view payload)>& record);

}  // namespace fake

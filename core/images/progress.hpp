// The objects of Docker's progress streams (behaviours.md 9.5): texts in, one JSON object out. HTML
// characters are escaped as Go does there. Pure, any thread. Sizes in bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gantry::images {

/// {"status":…,"id":…}; without id when it is empty.
std::string status_line(std::string_view status, std::string_view id = {});
/// {"status":…,"progressDetail":{…},"progress":…,"id":…}; zero current and total: an empty detail.
std::string progress_line(std::string_view id, std::string_view status, std::uint64_t current = 0,
                          std::uint64_t total = 0);
/// {"errorDetail":{"message":…},"error":…}; the detail begins with a code that is not 0.
std::string error_line(std::string_view message, int code = 0);
/// {"progressDetail":{},"aux":{"Tag":…,"Digest":…,"Size":…}}: what a push ends with.
std::string pushed_line(std::string_view tag, std::string_view digest, std::uint64_t size);
/// {"stream":…}
std::string stream_line(std::string_view text);
/// "[====>   ]  1.2MB/3MB" as the CLI draws it.
std::string progress_bar(std::uint64_t current, std::uint64_t total);
/// Four significant digits, powers of 1000: "999B", "1.234MB".
std::string human_size(double bytes);

}  // namespace gantry::images

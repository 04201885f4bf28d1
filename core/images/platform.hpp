// Choosing a platform: what this host runs, and which entry of an image index suits it best. Pure
// except host_platform(), which asks the kernel once. Any thread. Errors: Error{invalid}.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/images/image.hpp"

namespace gantry::images {

/// linux/<Go architecture> with the variant (arm: v6, v7).
const Platform& host_platform();
/// Go's name for a uname machine ("x86_64" gives amd64, "aarch64" gives arm64).
Platform platform_of_machine(std::string_view machine);
/// "os", "arch", "os/arch" or "os/arch/variant", aliases (x86_64, aarch64, armhf) folded.
/// Throws Error{invalid} in Docker's words.
Platform parse_platform(std::string_view text);
/// {"os":…,"architecture":…,"variant":…} as newer operations send it. Throws Error{invalid}.
Platform parse_platform_json(std::string_view text);
/// One spelling for the same thing: arm64/v8 has none, arm without is v7, amd64/v1 has none.
Platform normalised(Platform platform);
/// True when an image made for `offered` runs where `wanted` is asked for (arm/v7 runs v6 and v5).
bool platform_runs(const Platform& wanted, const Platform& offered);
/// True when a host of `host` runs it by itself, whatever the level of its processor: amd64 runs
/// 386, arm64 runs arm.
bool runs_natively(const Platform& host, const Platform& offered);
/// "image with reference X was found but its platform (…) does not match the specified platform
/// (…)"
std::string platform_mismatch(std::string_view reference, const Platform& offered,
                              const Platform& wanted);
/// Throws Error{not_found} with that text unless `offered` runs as `wanted`.
void require_platform(std::string_view reference, const Platform& offered, const Platform& wanted);
/// Index of the best of `offered`, nullopt when none runs.
std::optional<size_t> choose_platform(const Platform& wanted, const std::vector<Platform>& offered);

}  // namespace gantry::images

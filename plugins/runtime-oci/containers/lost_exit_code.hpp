// The exit code of a container whose supervisor was lost, as Docker has it: nobody saw the real
// one.
#pragma once

namespace gantry::oci {

inline constexpr int kLostExitCode = 255;

}  // namespace gantry::oci

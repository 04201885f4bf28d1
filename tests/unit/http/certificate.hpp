// A certificate for tests: signed by itself, so that it is its own authority. Any thread.
#pragma once

#include <filesystem>

namespace gantry::test {

/// Writes <name>.pem and <name>.key into the directory.
void write_certificate(const std::filesystem::path& directory, const char* name);

}  // namespace gantry::test

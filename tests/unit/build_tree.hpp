// Where the build tree is that the running test belongs to: what a test loads or starts lies there.
#pragma once

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <string>

namespace gantry::test {

/// "lib/gantry/test-plugins" and so on, as an absolute path. The test itself is in bin.
inline std::string in_build_tree(const char* path) {
  const std::filesystem::path self(boost::unit_test::framework::master_test_suite().argv[0]);
  return (std::filesystem::absolute(self).parent_path().parent_path() / path).string();
}

inline std::string test_plugins() { return in_build_tree("lib/gantry/test-plugins"); }

}  // namespace gantry::test

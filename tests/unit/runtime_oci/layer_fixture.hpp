// Layers unpacked from archives into a store of the test's own.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <thread>

#include "base/error.hpp"
#include "base/file.hpp"
#include "layers/layer_store.hpp"
#include "layers/overlay_tree.hpp"
#include "scratch.hpp"
#include "tar_builder.hpp"

namespace gantry::oci {

namespace fs = std::filesystem;

inline std::string chain(char digit) { return "sha256:" + std::string(64, digit); }

struct LayerFixture {
  Scratch scratch;
  LayerStore layers{scratch.path()};

  std::uint64_t unpack(TarBuilder& tar, char digit = '1', const std::string& parent = "") {
    const UniqueFd fd = tar.finish();
    return layers.unpack(chain(digit), parent, fd.get(), {});
  }
  std::string diff(char digit = '1') const {
    return layers.directory() + "/" + layers.stack(chain(digit)).front();
  }
  // The error's text when the layer is refused, and nothing of it is left.
  std::string refusal(TarBuilder& tar, gantry_errc code = GANTRY_INVALID, char digit = '1',
                      const std::string& parent = "") {
    const auto before = names_in(layers.directory()).size();
    try {
      unpack(tar, digit, parent);
    } catch (const Error& error) {
      BOOST_TEST(error.code() == code);
      BOOST_TEST(names_in(layers.directory()).size() == before);
      return error.what();
    }
    return "accepted";
  }
  struct stat status(const std::string& name, char digit = '1') const {
    struct stat result {};
    BOOST_TEST_REQUIRE(::lstat((diff(digit) + "/" + name).c_str(), &result) == 0);
    return result;
  }
  bool present(const std::string& name, char digit = '1') const {
    struct stat result {};
    return ::lstat((diff(digit) + "/" + name).c_str(), &result) == 0;
  }
  bool opaque(const std::string& name, char digit = '1') const {
    return is_opaque(open_directory(AT_FDCWD, diff(digit) + "/" + name).get());
  }
};

}  // namespace gantry::oci

// `docker load` of anything: refused with Error{invalid} (or not_found for platforms), or taken
// apart into images whose blobs are what their names say. Nothing is written outside the spool,
// nothing is left.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/images/archive_images.hpp"
#include "tests/fuzz/check.hpp"

using namespace gantry;

namespace {

// One directory for the whole run, removed at its end.
struct Scratch {
  std::filesystem::path path;
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "gfXXXXXX").string();
    FUZZ_CHECK(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Scratch() { file::remove_tree(path); }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size) {
  static const Scratch scratch;
  static images::BlobStore blobs(scratch.path / "images");
  const std::string input(reinterpret_cast<const char*>(data), size);
  std::size_t at = 0;
  try {
    images::ArchiveSpool spool(blobs, {.entries = 200, .json_bytes = 64u << 10});
    spool.read([&] {
      const std::string_view piece = std::string_view(input).substr(at, 700);
      at += piece.size();
      return piece;
    });
    // Layers may be missing: they are here already, or the load fails.
    for (const images::ArchivedImage& image : images::find_archived_images(spool, {}))
      for (const std::string& layer : image.layers)
        if (spool.has(layer)) FUZZ_CHECK(!spool.file(layer).finish().empty());
  } catch (const Error& e) {
    FUZZ_CHECK(e.code() == Errc::invalid || e.code() == Errc::not_found);
  }
  FUZZ_CHECK(std::filesystem::is_empty(scratch.path / "images" / "partial"));
  FUZZ_CHECK(std::filesystem::is_empty(scratch.path / "images" / "blobs" / "sha256"));
  return 0;
}

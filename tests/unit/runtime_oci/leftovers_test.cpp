// What cannot be cleared when the stores open is told, and nothing else suffers.
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

#include "layer_fixture.hpp"
#include "roots/root_store.hpp"

using namespace gantry::oci;

namespace {

/// A file that may not be changed, as one of a damaged file system.
class Fixed {
 public:
  explicit Fixed(const std::string& path) : file_(open_at(AT_FDCWD, path, O_RDONLY)) {
    works = set(FS_IMMUTABLE_FL);
  }
  ~Fixed() { set(0); }
  Fixed(const Fixed&) = delete;
  Fixed& operator=(const Fixed&) = delete;
  bool works = false;

 private:
  bool set(int flags) const { return ::ioctl(file_.get(), FS_IOC_SETFLAGS, &flags) == 0; }
  UniqueFd file_;
};

std::string make_leftover(const std::string& directory) {
  fs::create_directories(directory);
  replace_file(directory + "/fixed", "x");
  return directory + "/fixed";
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(leftovers, LayerFixture)

BOOST_AUTO_TEST_CASE(what_cannot_be_removed_is_named_and_left) {
  TarBuilder one;
  unpack(one.file("a", "123"));
  const Fixed in_layer(make_leftover(layers.directory() + "/tmp-2/diff"));
  const Fixed in_root(make_leftover(scratch / "roots/tmp-x/diff"));
  if (!in_layer.works || !in_root.works) return;  // the file system has no such flag
  make_directory(scratch / "roots/tmp-y");

  LayerStore again(scratch.path());
  const RootStore roots(scratch.path(), again);
  BOOST_TEST(again.size(chain('1')) == 3u);
  BOOST_TEST(!exists(scratch / "roots/tmp-y"));
  for (const auto* complaints : {&again.complaints(), &roots.complaints()}) {
    BOOST_TEST_REQUIRE(complaints->size() == 1u);
    BOOST_TEST(complaints->front().find("tmp-") != std::string::npos);
    BOOST_TEST(complaints->front().find("remove fixed: Operation not permitted") !=
               std::string::npos);
  }

  TarBuilder two;
  const UniqueFd tar = two.file("b", "4").finish();
  again.unpack(chain('2'), "", tar.get(), {});
  const std::string next = layers.directory() + "/" + again.stack(chain('2')).front();
  BOOST_TEST(exists(next + "/b"));
  BOOST_TEST(!exists(next + "/fixed"));  // it has a number of its own
}

BOOST_AUTO_TEST_SUITE_END()

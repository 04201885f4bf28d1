// Places in an image that instructions name.
#include "core/build/image_path.hpp"

#include <boost/test/unit_test.hpp>

using gantry::build::image_path;

BOOST_AUTO_TEST_CASE(a_place_is_what_is_written_without_dots) {
  const struct {
    const char* path;
    const char* work_directory;
    const char* place;
  } kTable[] = {{"/nx/../b", "/app", "/b"},
                {"../x", "/app", "/x"},
                {"../../../x", "/app", "/x"},
                {"a/./b//c/", "/app/", "/app/a/b/c"},
                {".", "/app", "/app"},
                {"", "/app", "/app"},
                {"x", "", "/x"},
                {"x", "app", "/app/x"},
                {"/", "/app", "/"},
                {"/..", "/app", "/"},
                {"..a", "/app/..", "/..a"}};
  for (const auto& [path, work_directory, place] : kTable)
    BOOST_TEST(image_path(path, work_directory) == place, path);
}

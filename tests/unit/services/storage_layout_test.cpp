#include "core/services/world/storage_layout.hpp"

#include <boost/test/unit_test.hpp>
#include <fstream>

#include "tests/unit/temporary_directory.hpp"

using namespace gantry;
namespace fs = std::filesystem;

BOOST_AUTO_TEST_SUITE(storage_layout)

BOOST_AUTO_TEST_CASE(containers_are_found_below_another_root_as_well) {
  const test::TemporaryDirectory host;
  const fs::path root = host / "engine";
  fs::create_directories(root / "containers/c");
  std::ofstream(root / "containers/c/mount-id") << "text";
  services::link_storage_layout(root);
  services::link_storage_layout(root);  // once more, as each start does
  BOOST_TEST(fs::exists(root / "image/overlay2/layerdb/mounts/c/mount-id"));
  fs::rename(root, host / "seen");
  BOOST_TEST(fs::exists(host / "seen/image/overlay2/layerdb/mounts/c/mount-id"));
}

BOOST_AUTO_TEST_CASE(the_text_leads_to_what_a_container_has_written) {
  const auto text = [](const char* name, const char* written) {
    return services::mount_id(
        "/var/lib/engine",
        std::string(R"({"name":")") + name + R"(","data":{"UpperDir":")" + written + R"("}})");
  };
  BOOST_TEST(text("overlay2", "/var/lib/engine/plugins/oci/roots/1/diff") ==
             "../plugins/oci/roots/1");
  BOOST_TEST(text("overlay2", "/elsewhere/1/diff") == "../../../../elsewhere/1");
  BOOST_TEST(text("overlay2", "/var/lib/engine/1/upper") == "");
  BOOST_TEST(text("vm", "/var/lib/engine/1/diff") == "");
  BOOST_TEST(services::mount_id("/var/lib/engine", R"({"name":"overlay2"})") == "");
}

BOOST_AUTO_TEST_SUITE_END()

#include "core/domain/root_size.hpp"

#include <boost/test/unit_test.hpp>

#include "core/base/error.hpp"

using namespace gantry;

namespace {

std::uint64_t size_of(const std::string& options) {
  const auto document = json::Document::parse(R"({"StorageOpt":)" + options + "}");
  return domain::root_size(document.root()["StorageOpt"]);
}
std::uint64_t size(const std::string& text) { return size_of(R"({"size":")" + text + R"("})"); }

std::string refusal(const std::string& options) {
  try {
    size_of(options);
  } catch (const Error& error) {
    BOOST_TEST((error.code() == Errc::invalid));
    return error.what();
  }
  return "accepted";
}
std::string refused_size(const std::string& text) {
  return refusal(R"({"size":")" + text + R"("})");
}

}  // namespace

BOOST_AUTO_TEST_CASE(sizes_of_roots_are_read_as_docker_reads_them) {
  BOOST_TEST(size("120G") == std::uint64_t{120} << 30);
  BOOST_TEST(size("1.5g") == std::uint64_t{3} << 29);
  BOOST_TEST(size("64 KiB") == 65536u);
  BOOST_TEST(size("2mb") == std::uint64_t{2} << 20);
  BOOST_TEST(size("1P") == std::uint64_t{1} << 50);
  BOOST_TEST(size("512b") == 512u);
  BOOST_TEST(size("4096") == 4096u);
  BOOST_TEST(size("0") == 0u);
  BOOST_TEST(size_of(R"({"SIZE":"1k"})") == 1024u);
  BOOST_TEST(size_of("{}") == 0u);
  BOOST_TEST(size_of("null") == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_no_size_of_a_root_is_refused) {
  for (const char* text : {"", "much", "-1", "1.2.3g", "g", ". ", "9000000P", "1  k"})
    BOOST_TEST(refused_size(text) == "invalid size: '" + std::string(text) + "'");
  BOOST_TEST(refused_size("1x") == "invalid suffix: 'x'");
  BOOST_TEST(refused_size("1kbit") == "invalid suffix: 'kbit'");
  BOOST_TEST(refused_size("1bb") == "invalid suffix: 'bb'");
  BOOST_TEST(refusal(R"({"inodes":"5"})") == "Unknown option inodes");
}

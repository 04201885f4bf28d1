// Forms that values have on the wire: metadata, file modes, failures with their lines.
#include "core/base/digest.hpp"
#include "core/buildkit/file_mode.hpp"
#include "core/buildkit/header_values.hpp"
#include "core/buildkit/proto/gateway.pb.h"
#include "core/buildkit/source_error.hpp"
#include "core/json/reader.hpp"
#include "tests/unit/images/expect.hpp"

using namespace gantry;
using namespace gantry::buildkit;
using Kind = images::ArchiveEntry::Kind;

namespace {

std::string headers(const std::vector<std::string>& values) {
  grpc::Metadata metadata{{"before", "1"}};
  add_header_values(metadata, "n", values);
  std::string text;
  for (const auto& [name, value] : metadata) text += name + "=" + value + "|";
  return text;
}

proto::RpcStatus whole_of(const grpc::Status& status) {
  proto::RpcStatus whole;
  BOOST_TEST_REQUIRE(whole.ParseFromString(status.details));
  return whole;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(header_values)

BOOST_AUTO_TEST_CASE(plain_values_stay_as_they_are) {
  BOOST_TEST(headers({}) == "before=1|");
  BOOST_TEST(headers({"a/*.c", "!b c%20", ""}) == "before=1|n=a/*.c|n=!b c%20|n=|");
  BOOST_TEST(headers({"\xc3\xa4 b"}) == "before=1|n=\xc3\xa4 b|");
}

BOOST_AUTO_TEST_CASE(one_that_no_header_can_have_has_all_of_them_escaped) {
  BOOST_TEST(headers({"a b", "\xc3\xa4\n/~_-.Z9%"}) ==
             "before=1|n=a%20b|n=%C3%A4%0A%2F~_-.Z9%25|n-encoded=1|");
  BOOST_TEST(headers({"\x7f"}) == "before=1|n=%7F|n-encoded=1|");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(file_modes)

BOOST_AUTO_TEST_CASE(kinds_and_permissions_are_those_of_go) {
  const struct {
    std::uint32_t go;
    Kind kind;
    std::uint32_t permissions;
  } kTable[] = {{0644, Kind::file, 0644},
                {1u << 31 | 0755, Kind::directory, 0755},
                {1u << 27 | 0777, Kind::symlink, 0777},
                {1u << 26 | 0660, Kind::block_device, 0660},
                {1u << 26 | 1u << 21 | 0666, Kind::character_device, 0666},
                {1u << 25 | 0600, Kind::fifo, 0600},
                {1u << 23 | 0755, Kind::file, 04755},
                {1u << 22 | 0755, Kind::file, 02755},
                {1u << 31 | 1u << 20 | 0777, Kind::directory, 01777}};
  for (const auto& row : kTable) {
    BOOST_TEST((kind_of(row.go) == row.kind), row.go);
    BOOST_TEST(permissions_of(row.go) == row.permissions);
    BOOST_TEST(go_mode(row.kind, row.permissions) == row.go);
    BOOST_TEST(!is_socket(row.go));
  }
  BOOST_TEST(is_socket(1u << 24 | 0755));
}

BOOST_AUTO_TEST_CASE(bits_that_are_nothing_here_are_left_out) {
  BOOST_TEST(permissions_of(07000 | 0644) == 0644u);  // Go has these bits elsewhere
  BOOST_TEST((kind_of(1u << 19 | 0644) == Kind::file));
  BOOST_TEST(go_mode(Kind::file, 0100644) == 0644u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(source_errors)

BOOST_AUTO_TEST_CASE(a_failure_says_which_lines_it_comes_from) {
  const std::string text = "FROM a\nRUN \xff\n";
  const grpc::Status status = source_error("it broke", {"Dockerfile", text, 2, 3}).status();
  BOOST_TEST((status.code == grpc::Code::unknown));
  BOOST_TEST(status.message == "it broke");
  const proto::RpcStatus whole = whole_of(status);
  BOOST_TEST(whole.code() == 2);
  BOOST_TEST(whole.message() == "it broke");
  BOOST_TEST_REQUIRE(whole.details_size() == 1);
  BOOST_TEST(whole.details(0).type_url() == "github.com/moby/buildkit/errdefs.Source+json");
  const auto detail = json::Document::parse(whole.details(0).value());
  const json::Node root = detail.root();
  BOOST_TEST(root["info"]["filename"].str() == "Dockerfile");
  BOOST_TEST(root["info"]["language"].str() == "Dockerfile");
  BOOST_TEST(base64_decode(root["info"]["data"].str()).value() == text);
  BOOST_TEST_REQUIRE(root["ranges"].size() == 1u);
  BOOST_TEST(root["ranges"].at(0)["start"]["line"].i64() == 2);
  BOOST_TEST(root["ranges"].at(0)["end"]["line"].i64() == 3);
}

BOOST_AUTO_TEST_CASE(a_range_never_ends_before_it_begins) {
  const auto detail = json::Document::parse(
      whole_of(source_error("x", {"D", "", 5, 0}).status()).details(0).value());
  BOOST_TEST(detail.root()["ranges"].at(0)["end"]["line"].i64() == 5);
}

BOOST_AUTO_TEST_CASE(without_lines_there_is_only_the_message) {
  const grpc::Status status = source_error("x", {"Dockerfile", "FROM a", 0, 0}).status();
  BOOST_TEST(status.details == "");
  BOOST_TEST(status.message == "x");
}

BOOST_AUTO_TEST_CASE(words_that_are_no_utf8_can_be_read_by_the_client) {
  BOOST_TEST(whole_of(source_error("a\xff", {"D", "", 1, 1}).status()).message() ==
             "a\xef\xbf\xbd");
}

BOOST_AUTO_TEST_SUITE_END()

#include "core/base/digest.hpp"

#include <boost/test/unit_test.hpp>

using namespace gantry;

BOOST_AUTO_TEST_CASE(sha256_agrees_with_the_standards_examples) {
  BOOST_TEST(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  BOOST_TEST(sha256_hex("abc") ==
             "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

BOOST_AUTO_TEST_CASE(sha256_does_not_care_how_its_input_is_cut) {
  const std::string data(100'000, 'x');
  Sha256 sha;
  for (size_t at = 0; at < data.size(); at += 777)
    sha.update(data.data() + at, std::min<size_t>(777, data.size() - at));
  BOOST_TEST(sha.finish() == sha256_hex(data));
}

BOOST_AUTO_TEST_CASE(base64_agrees_with_rfc_4648) {
  const char* pairs[][2] = {{"", ""},
                            {"f", "Zg=="},
                            {"fo", "Zm8="},
                            {"foo", "Zm9v"},
                            {"foob", "Zm9vYg=="},
                            {"fooba", "Zm9vYmE="},
                            {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : pairs) {
    BOOST_TEST(base64_encode(plain) == coded);
    BOOST_TEST(base64_decode(coded).value() == plain);
  }
}

BOOST_AUTO_TEST_CASE(base64_is_read_in_both_alphabets_with_or_without_padding) {
  const std::string bytes = "\xfb\xff\xfe";
  BOOST_TEST(base64_decode("+//+").value() == bytes);
  BOOST_TEST(base64_decode("-__-").value() == bytes);
  BOOST_TEST(base64_decode("Zg").value() == "f");
  BOOST_TEST(base64_decode("e30=").value() == "{}");
  BOOST_TEST(base64_decode("e30").value() == "{}");
}

BOOST_AUTO_TEST_CASE(malformed_base64_is_refused) {
  for (const char* text : {"Z", "Zg=", "Zg===", "Zm9vY", "Zm 9v", "Zm9v\n", "====", "=", "Z=g="})
    BOOST_TEST(!base64_decode(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(every_byte_value_survives_base64) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  for (size_t n = 0; n <= all.size(); ++n)
    BOOST_TEST(base64_decode(base64_encode(all.substr(0, n))).value() == all.substr(0, n));
}

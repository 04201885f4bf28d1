#include "endpoint.hpp"

#include <boost/test/unit_test.hpp>
#include <gantry/cpp/error.hpp>

using namespace volume_docker;
using gantry::sdk::Error;

BOOST_AUTO_TEST_SUITE(endpoint)

BOOST_AUTO_TEST_CASE(addresses_are_read_as_docker_reads_them) {
  BOOST_TEST(parse_address("unix:///run/x.sock").socket == "/run/x.sock");
  const Endpoint tcp = parse_address("tcp://10.0.0.7:4000");
  BOOST_TEST(tcp.host == "10.0.0.7");
  BOOST_TEST(tcp.port == "4000");
  BOOST_TEST(!tcp.tls);
  BOOST_TEST(parse_address("http://nas.local:80/").port == "80");
  const Endpoint six = parse_address("https://[fe80::1]:443");
  BOOST_TEST(six.host == "fe80::1");
  BOOST_TEST(six.tls);
  BOOST_TEST((parse_spec("  tcp://a:1\n") == parse_address("tcp://a:1")));
}

BOOST_AUTO_TEST_CASE(nonsense_is_refused) {
  for (const char* text :
       {"", "localhost", "localhost:80", "://x:1", "ftp://x:1", "unix://relative", "tcp://",
        "tcp://host", "tcp://host:", "tcp://host:port", "tcp://:80", "tcp://host:70000",
        "tcp://a:b:1", "tcp://[::1]", "tcp://[::1:80", "tcp://ho\nst:1",
        "tcp://host:123456789012345678901234567890"})
    BOOST_CHECK_THROW(parse_spec(text), Error);
}

BOOST_AUTO_TEST_CASE(json_files_bring_certificates) {
  const Endpoint plain = parse_json_spec(R"({"Name":"x","Addr":"https://h:1"})");
  BOOST_TEST(!plain.tls_options.skip_verify);
  const Endpoint full = parse_json_spec(
      R"({"Addr":"https://h:1","TLSConfig":{"CAFile":"/ca","CertFile":"/c","KeyFile":"/k"}})");
  BOOST_TEST(full.tls_options.ca_file == "/ca");
  BOOST_TEST(full.tls_options.cert_file == "/c");
  BOOST_TEST(full.tls_options.key_file == "/k");
  BOOST_TEST(!full.tls_options.skip_verify);
  // Docker's rule, for better or worse.
  BOOST_TEST(parse_json_spec(R"({"Addr":"https://h:1","TLSConfig":{}})").tls_options.skip_verify);
  for (const char* text :
       {"", "{}", "[]", R"({"Addr":7})", R"({"Addr":"https://h:1","TLSConfig":7})",
        R"({"Addr":"https://h:1","TLSConfig":{"InsecureSkipVerify":"yes"}})"})
    BOOST_CHECK_THROW(parse_json_spec(text), Error);
}

BOOST_AUTO_TEST_CASE(messages_name_the_address_as_dockers_do) {
  const Endpoint local = parse_address("unix:///run/docker/plugins/nas.sock");
  BOOST_TEST(local.url("VolumeDriver.Get") ==
             "http://%2Frun%2Fdocker%2Fplugins%2Fnas.sock/VolumeDriver.Get");
  BOOST_TEST(local.dial() == "dial unix /run/docker/plugins/nas.sock");
  BOOST_TEST(parse_address("https://[::1]:5").url("Plugin.Activate") ==
             "https://[::1]:5/Plugin.Activate");
}

BOOST_AUTO_TEST_SUITE_END()

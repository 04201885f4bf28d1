#include "fluentd/options.hpp"

#include <boost/test/unit_test.hpp>

#include "../temporary_directory.hpp"
#include "gelf/options.hpp"
#include "peers.hpp"
#include "syslog/options.hpp"
#include "thrown.hpp"

using namespace log_remote;
using gantry::sdk::LogOptions;
using gantry::test::message_of;

namespace {

std::string syslog_says(const LogOptions& options) {
  return message_of([&] { syslog::parse_options(options); });
}
std::string gelf_says(const LogOptions& options) {
  return message_of([&] { gelf::parse_options(options); });
}
std::string fluentd_says(const LogOptions& options) {
  return message_of([&] { fluentd::parse_options(options); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(log_remote_options)

BOOST_AUTO_TEST_CASE(syslog_has_dockers_defaults) {
  const syslog::Settings local = syslog::parse_options({});
  BOOST_TEST(local.endpoints.size() == 6u);
  BOOST_TEST(local.endpoints[0].name() == "unixgram /dev/log");
  BOOST_TEST(local.facility == 3);
  BOOST_TEST((local.format == syslog::Format::kUnix));
  const Endpoint udp = syslog::parse_options({{"syslog-address", "udp://10.0.0.7"}}).endpoints[0];
  BOOST_TEST(udp.name() == "udp 10.0.0.7:514");
  const Endpoint six = syslog::parse_options({{"syslog-address", "tcp://[::1]:99"}}).endpoints[0];
  BOOST_TEST(six.host == "::1");
  BOOST_TEST(six.name() == "tcp [::1]:99");
  BOOST_TEST(syslog::parse_options({{"syslog-address", "tcp://[::1]"}}).endpoints[0].port == "514");
}

BOOST_AUTO_TEST_CASE(syslog_knows_facilities_by_name_and_number) {
  for (const auto& [text, number] : std::map<std::string, int>{
           {"kern", 0}, {"authpriv", 10}, {"local0", 16}, {"local7", 23}, {"0", 0}, {"23", 23}})
    BOOST_TEST(syslog::parse_options({{"syslog-facility", text}}).facility == number);
  for (const char* text : {"24", "-1", "nobody", "3x"})
    BOOST_TEST(syslog_says({{"syslog-facility", text}}) == "invalid syslog facility");
}

BOOST_AUTO_TEST_CASE(syslog_refuses_in_dockers_words) {
  BOOST_TEST(syslog_says({{"x", "1"}}) == "unknown log opt 'x' for syslog log driver");
  BOOST_TEST(syslog_says({{"syslog-format", "rfc9999"}}) == "Invalid syslog format");
  BOOST_TEST(syslog_says({{"syslog-address", "ftp://x:1"}}) == "unsupported scheme: 'ftp'");
  BOOST_TEST(syslog_says({{"syslog-address", "x"}}) == "unsupported scheme: ''");
  BOOST_TEST(syslog_says({{"syslog-address", "127.0.0.1:514"}}) ==
             "parse \"127.0.0.1:514\": first path segment in URL cannot contain colon");
  BOOST_TEST(syslog_says({{"syslog-address", "udp://a:b"}}) ==
             "parse \"udp://a:b\": invalid port \":b\" after host");
  BOOST_TEST(syslog_says({{"syslog-address", "udp://::1:514"}}) ==
             "address ::1:514: too many colons in address");
  BOOST_TEST(syslog_says({{"syslog-address", "udp://a:70000"}}) == "address 70000: invalid port");
  BOOST_TEST(syslog_says({{"syslog-address", "unix:///nowhere/log"}}) ==
             "stat /nowhere/log: no such file or directory");
}

BOOST_AUTO_TEST_CASE(syslog_takes_sockets_that_exist) {
  const gantry::test::TemporaryDirectory directory;
  const std::string path = directory / "log";
  const auto socket = gantry::test::unix_socket(path, SOCK_DGRAM);
  const auto settings = syslog::parse_options({{"syslog-address", "unixgram://" + path}});
  BOOST_TEST(settings.endpoints[0].name() == "unixgram " + path);
}

BOOST_AUTO_TEST_CASE(syslog_counts_octets_with_rfc5424_over_tls_only) {
  const auto counting = [](const char* scheme, const char* format) {
    return syslog::parse_options(
               {{"syslog-address", std::string(scheme) + "://h:1"}, {"syslog-format", format}})
        .octet_counting;
  };
  BOOST_TEST(counting("tcp+tls", "rfc5424"));
  BOOST_TEST(counting("tcp+tls", "rfc5424micro"));
  BOOST_TEST(!counting("tcp+tls", "rfc3164"));
  BOOST_TEST(!counting("tcp", "rfc5424"));
}

BOOST_AUTO_TEST_CASE(syslog_skips_verification_whatever_the_value) {
  const auto tls = syslog::parse_options({{"syslog-address", "tcp+tls://h:1"},
                                          {"syslog-tls-ca-cert", "/ca"},
                                          {"syslog-tls-cert", "/c"},
                                          {"syslog-tls-key", "/k"},
                                          {"syslog-tls-skip-verify", "false"}})
                       .endpoints[0]
                       .tls;
  BOOST_TEST(tls.ca_file == "/ca");
  BOOST_TEST(tls.cert_file == "/c");
  BOOST_TEST(tls.key_file == "/k");
  BOOST_TEST(tls.skip_verify);
}

BOOST_AUTO_TEST_CASE(gelf_refuses_in_dockers_words) {
  const std::string udp = "udp://h:12201", tcp = "tcp://h:12201";
  BOOST_TEST(gelf_says({}) == "gelf-address is a required parameter");
  BOOST_TEST(gelf_says({{"gelf-address", "http://h:1"}}) ==
             "gelf: endpoint needs to be TCP or UDP");
  BOOST_TEST(gelf_says({{"gelf-address", "udp://h"}}) ==
             "gelf: please provide gelf-address as proto://host:port");
  BOOST_TEST(gelf_says({{"gelf-address", udp}, {"x", "1"}}) ==
             "unknown log opt \"x\" for gelf log driver");
  BOOST_TEST(gelf_says({{"gelf-address", udp}, {"gelf-compression-type", "xz"}}) ==
             "unknown value \"xz\" for log opt \"gelf-compression-type\" for gelf log driver");
  for (const char* level : {"10", "-2", "best"})
    BOOST_TEST(gelf_says({{"gelf-address", udp}, {"gelf-compression-level", level}}) ==
               "unknown value \"" + std::string(level) +
                   "\" for log opt \"gelf-compression-level\" for gelf log driver");
  BOOST_TEST(gelf_says({{"gelf-address", tcp}, {"gelf-compression-level", "1"}}) ==
             "compression is only supported on UDP");
  BOOST_TEST(gelf_says({{"gelf-address", udp}, {"gelf-tcp-max-reconnect", "1"}}) ==
             "\"gelf-tcp-max-reconnect\" is only valid for TCP");
  BOOST_TEST(gelf_says({{"gelf-address", tcp}, {"gelf-tcp-reconnect-delay", "-1"}}) ==
             "\"gelf-tcp-reconnect-delay\" must be a positive integer");
}

BOOST_AUTO_TEST_CASE(gelf_compresses_by_gzip_unless_told_otherwise) {
  const auto plain = gelf::parse_options({{"gelf-address", "udp://h:1"}});
  BOOST_TEST((plain.compression == gelf::Compression::kGzip));
  BOOST_TEST(plain.level == 1);
  const auto given = gelf::parse_options({{"gelf-address", "udp://h:1"},
                                          {"gelf-compression-type", "zlib"},
                                          {"gelf-compression-level", "-1"}});
  BOOST_TEST((given.compression == gelf::Compression::kZlib));
  BOOST_TEST(given.level == -1);
  BOOST_TEST(gelf_says({{"gelf-address", "tcp://h:1"},
                        {"gelf-tcp-max-reconnect", "3"},
                        {"gelf-tcp-reconnect-delay", "0"}}) == "no error");
}

BOOST_AUTO_TEST_CASE(fluentd_addresses_are_read_as_docker_reads_them) {
  const auto name = [](const std::string& address) {
    return fluentd::parse_options({{"fluentd-address", address}}).endpoint.name();
  };
  BOOST_TEST(name("") == "tcp 127.0.0.1:24224");
  BOOST_TEST(name("box") == "tcp box:24224");
  BOOST_TEST(name("box:99") == "tcp box:99");
  BOOST_TEST(name(":99") == "tcp 127.0.0.1:99");
  BOOST_TEST(name("tcp://[::1]:99") == "tcp [::1]:99");
  BOOST_TEST(name("unix:///run/fluentd.sock") == "unix /run/fluentd.sock");
  BOOST_TEST((fluentd::parse_options({{"fluentd-address", "tls://box"}}).endpoint.network ==
              Network::kTls));
}

BOOST_AUTO_TEST_CASE(fluentd_refuses_in_dockers_words) {
  const auto address = [](const std::string& text) {
    return fluentd_says({{"fluentd-address", text}});
  };
  BOOST_TEST(fluentd_says({{"x", "1"}}) == "unknown log opt 'x' for fluentd log driver");
  BOOST_TEST(address("udp://h:1") ==
             "invalid fluentd-address (udp://h:1): unsupported scheme: 'udp'");
  BOOST_TEST(address("unix://") == "invalid fluentd-address (unix://): path is empty");
  BOOST_TEST(address("tcp://h:1/x") ==
             "invalid fluentd-address (tcp://h:1/x): should not contain a path element");
  BOOST_TEST(address("h:70000") ==
             "invalid fluentd-address (h:70000): invalid port: strconv.ParseUint: parsing "
             "\"70000\": value out of range");
  BOOST_TEST(fluentd_says({{"fluentd-async", "maybe"}}) ==
             "strconv.ParseBool: parsing \"maybe\": invalid syntax");
  BOOST_TEST(fluentd_says({{"fluentd-async", "true"}, {"fluentd-async-connect", "true"}}) ==
             "conflicting options: cannot specify both 'fluentd-async' and "
             "'fluentd-async-connect'");
  BOOST_TEST(fluentd_says({{"fluentd-buffer-limit", "much"}}) == "invalid size: 'much'");
  BOOST_TEST(fluentd_says({{"fluentd-retry-wait", "5"}}) == "time: missing unit in duration \"5\"");
  BOOST_TEST(fluentd_says({{"fluentd-max-retries", "-1"}}) ==
             "strconv.ParseUint: parsing \"-1\": invalid syntax");
  BOOST_TEST(fluentd_says({{"fluentd-max-retries", "4294967295"}}) ==
             "invalid fluentd-max-retries: value out of range");
  BOOST_TEST(fluentd_says({{"fluentd-async-reconnect-interval", "1ms"}}) ==
             "invalid value for fluentd-async-reconnect-interval: value (\"1ms\") must be between "
             "100ms and 10s");
  BOOST_TEST(fluentd_says({{"fluentd-write-timeout", "-1s"}}) ==
             "invalid value for fluentd-write-timeout: value must be a duration that is "
             "non-negative");
}

BOOST_AUTO_TEST_CASE(fluentd_takes_all_of_its_options) {
  const fluentd::Settings settings =
      fluentd::parse_options({{"fluentd-address", "h:1"},
                              {"fluentd-async", "false"},
                              {"fluentd-async-reconnect-interval", "0"},
                              {"fluentd-buffer-limit", "8MB"},
                              {"fluentd-max-retries", "5"},
                              {"fluentd-request-ack", "true"},
                              {"fluentd-retry-wait", "1.5s"},
                              {"fluentd-sub-second-precision", "1"},
                              {"fluentd-write-timeout", "2s"},
                              {"fluentd-read-timeout", "300ms"}});
  BOOST_TEST(settings.request_ack);
  BOOST_TEST(settings.sub_second_precision);
  BOOST_TEST(settings.write_timeout.count() == 2000);
  BOOST_TEST(settings.read_timeout.count() == 300);
}

BOOST_AUTO_TEST_SUITE_END()

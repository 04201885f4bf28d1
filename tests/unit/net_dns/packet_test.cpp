#include "resolver/packet.hpp"

#include <boost/test/unit_test.hpp>

#include "queries.hpp"

namespace net_dns {

using test::query;
using test::read;

BOOST_AUTO_TEST_SUITE(packet)

BOOST_AUTO_TEST_CASE(a_question_is_read_in_lower_case_with_its_options) {
  const Bytes bytes = query({"WeB.Example.", LDNS_RR_TYPE_AAAA, 7, 4096});
  const PacketPtr packet = parse(bytes.data(), bytes.size());
  BOOST_REQUIRE(packet);
  const auto question = question_of(*packet);
  BOOST_REQUIRE(question.has_value());
  BOOST_TEST(question->name == "web.example");
  BOOST_TEST(question->type == LDNS_RR_TYPE_AAAA);
  BOOST_TEST(question->recursion_desired);
  BOOST_TEST(question->edns);
  BOOST_TEST(question->udp_size == 4096);
  BOOST_TEST(question->name_size == 13);
}

BOOST_AUTO_TEST_CASE(what_is_no_message_is_not_read) {
  const Bytes bytes = query({"web.", LDNS_RR_TYPE_A});
  for (std::size_t size = 0; size < bytes.size(); ++size) BOOST_TEST(!parse(bytes.data(), size));
  BOOST_TEST(format_error(bytes.data(), 5).empty());
  const auto told = read(format_error(bytes.data(), bytes.size() - 1));
  BOOST_TEST(told.rcode == LDNS_RCODE_FORMERR);
  BOOST_TEST(told.id == 0x1234);
}

BOOST_AUTO_TEST_CASE(a_reply_repeats_the_question_as_it_was_written) {
  const Bytes bytes = query({"WeB.", LDNS_RR_TYPE_A, 99, 1400});
  const PacketPtr packet = parse(bytes.data(), bytes.size());
  const auto told = read(bare_reply(*packet, LDNS_RCODE_SERVFAIL));
  BOOST_TEST(told.rcode == LDNS_RCODE_SERVFAIL);
  BOOST_TEST(told.id == 99);
  BOOST_TEST(told.question == "WeB.");
  BOOST_TEST(told.recursion);
  BOOST_TEST(told.edns);
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_cut_and_marked) {
  const Bytes bytes = query({"many.", LDNS_RR_TYPE_A});
  const PacketPtr packet = parse(bytes.data(), bytes.size());
  const PacketPtr reply = reply_to(*packet, LDNS_RCODE_NOERROR);
  const ldns_rr& question = *::ldns_rr_list_rr(::ldns_pkt_question(packet.get()), 0);
  for (int i = 1; i <= 60; ++i)
    add_address(*reply, question, *parse_address("10.0.0." + std::to_string(i)), 5);
  const Bytes whole = encode(*reply);
  BOOST_TEST(whole.size() > 512);
  const Bytes cut = encode_to_fit(*reply, 512);
  BOOST_TEST(cut.size() <= 512);
  const auto told = read(cut);
  BOOST_TEST(told.truncated);
  BOOST_TEST(told.answers.size() > 20);
  BOOST_TEST(told.answers.size() < 60);
}

BOOST_AUTO_TEST_CASE(pointer_names_are_addresses) {
  BOOST_TEST((address_of_pointer("4.3.2.1.in-addr.arpa") == parse_address("1.2.3.4")));
  BOOST_TEST((address_of_pointer("2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f."
                                 "ip6.arpa") == parse_address("fd00::2")));
  for (const char* none : {"3.2.1.in-addr.arpa", "5.4.3.2.1.in-addr.arpa", "256.3.2.1.in-addr.arpa",
                           "x.3.2.1.in-addr.arpa", ".in-addr.arpa", "in-addr.arpa", "1.ip6.arpa",
                           "web", "4.3.2.1.in-addr.arpa.org"})
    BOOST_TEST(!address_of_pointer(none).has_value(), none);
}

BOOST_AUTO_TEST_CASE(servers_may_have_a_port) {
  const auto port = [](const std::string& text) {
    const auto server = parse_server(text);
    if (!server) return -1;
    return static_cast<int>(
        ntohs(server->storage.ss_family == AF_INET
                  ? reinterpret_cast<const sockaddr_in&>(server->storage).sin_port
                  : reinterpret_cast<const sockaddr_in6&>(server->storage).sin6_port));
  };
  BOOST_TEST(port("1.1.1.1") == 53);
  BOOST_TEST(port("1.1.1.1:5353") == 5353);
  BOOST_TEST(port("2001:db8::1") == 53);
  BOOST_TEST(port("[2001:db8::1]:54") == 54);
  BOOST_TEST(port("fe80::1%lo") == 53);
  for (const char* none : {"", "name", "1.1.1.1:", "1.1.1.1:0", "1.1.1.1:65536", "[::1", "[::1]x",
                           "fe80::1%no-such-link"})
    BOOST_TEST(port(none) == -1, none);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace net_dns

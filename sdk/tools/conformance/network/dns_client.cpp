#include "conformance/network/dns_client.hpp"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netinet/in.h>
#include <resolv.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>

#include "conformance/report.hpp"

namespace conformance::network {

namespace {

constexpr int kPatienceSeconds = 2;

struct Socket {
  int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
  Socket() = default;
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { ::close(fd); }
};

sockaddr_in at(const std::string& address, std::uint16_t port) {
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_port = htons(port);
  expect(::inet_pton(AF_INET, address.c_str(), &in.sin_addr) == 1, "no address: " + address);
  return in;
}

DnsReply read_reply(const unsigned char* bytes, int size) {
  ns_msg message;
  expect(::ns_initparse(bytes, size, &message) == 0, "the answer is no DNS message");
  DnsReply reply;
  reply.rcode = ns_msg_getflag(message, ns_f_rcode);
  for (int i = 0; i < ns_msg_count(message, ns_s_an); ++i) {
    ns_rr record;
    expect(::ns_parserr(&message, ns_s_an, i, &record) == 0, "a record cannot be read");
    char text[INET6_ADDRSTRLEN];
    const bool v6 = ns_rr_type(record) == ns_t_aaaa;
    if ((v6 || ns_rr_type(record) == ns_t_a) &&
        ::inet_ntop(v6 ? AF_INET6 : AF_INET, ns_rr_rdata(record), text, sizeof text))
      reply.addresses.insert(text);
  }
  return reply;
}

}  // namespace

DnsReply ask_dns(const std::string& source, const std::string& server, std::uint16_t port,
                 const std::string& name, bool v6) {
  std::array<unsigned char, 4096> bytes;
  const int size = ::res_mkquery(ns_o_query, name.c_str(), ns_c_in, v6 ? ns_t_aaaa : ns_t_a,
                                 nullptr, 0, nullptr, bytes.data(), bytes.size());
  expect(size > 0, "no question for " + name);
  const Socket socket;
  const sockaddr_in from = at(source, 0), to = at(server, port);
  const timeval limit{kPatienceSeconds, 0};
  ::setsockopt(socket.fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  expect(::bind(socket.fd, reinterpret_cast<const sockaddr*>(&from), sizeof from) == 0,
         "cannot ask from " + source);
  expect(::connect(socket.fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0,
         "cannot reach " + server);
  if (::send(socket.fd, bytes.data(), static_cast<std::size_t>(size), 0) != size) return {};
  const ssize_t got = ::recv(socket.fd, bytes.data(), bytes.size(), 0);
  return got <= 0 ? DnsReply() : read_reply(bytes.data(), static_cast<int>(got));
}

}  // namespace conformance::network

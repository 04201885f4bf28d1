#include "resolver/service.hpp"

#include <arpa/inet.h>

#include <algorithm>

#include "resolver/random.hpp"

namespace net_dns {

namespace {

constexpr std::uint16_t kEcsOption = 8;  // client subnet (RFC 7871): answers are for one client

std::int64_t now_seconds() { return Timers::now_ms() / 1000; }

bool has_client_subnet(const ldns_pkt& query) {
  const ldns_edns_option_list* options =
      ::ldns_pkt_edns_get_option_list(const_cast<ldns_pkt*>(&query));
  for (std::size_t i = 0; options && i < ::ldns_edns_option_list_get_count(options); ++i)
    if (::ldns_edns_get_code(::ldns_edns_option_list_get_option(options, i)) == kEcsOption)
      return true;
  return false;
}

bool asks_for_address(const Question& question) {
  return question.type == LDNS_RR_TYPE_A || question.type == LDNS_RR_TYPE_AAAA;
}

bool is_transfer(const Question& question) {
  return question.type == LDNS_RR_TYPE_AXFR || question.type == LDNS_RR_TYPE_IXFR;
}

/// 127.0.0.11 inside a container is this resolver.
bool is_inside_address(const SocketAddress& server) {
  if (server.storage.ss_family != AF_INET) return false;
  const auto& in = reinterpret_cast<const sockaddr_in&>(server.storage);
  return ntohl(in.sin_addr.s_addr) == 0x7f00000b && ntohs(in.sin_port) == 53;
}

}  // namespace

Service::Service(Poller& poller, Timers& timers)
    : forwarder_(
          poller, timers,
          [this](const Client& client, const Bytes& answer) {
            const auto door = doors_.find(client.door);
            if (door != doors_.end()) door->second->send(client.peer, answer);
          },
          [this](const std::string& scope, const Question& question, const ldns_pkt& answer,
                 const Bytes& bytes) {
            if (!scope.empty())
              cache_.put(Cache::key(scope, question), answer, bytes, now_seconds());
          }) {}

void Service::set_container(const ContainerSettings& settings) {
  const AskerPtr known = asker(settings.id);
  known->settings = settings;
  known->own_servers = parse_servers(settings.dns);
}

void Service::forget_container(const std::string& id) { askers_.erase(id); }

AskerPtr Service::asker(const std::string& id) {
  AskerPtr& known = askers_[id];
  if (!known) {
    known = std::make_shared<Asker>();
    known->settings.id = id;
    known->first_turn = random_id();
  }
  return known;
}

AskerPtr Service::find_asker(const std::string& id) const {
  const auto it = askers_.find(id);
  return it == askers_.end() ? nullptr : it->second;
}

void Service::each_container(const std::function<void(const ContainerSettings&)>& each) const {
  for (const auto& [id, known] : askers_) each(known->settings);
}

std::uint64_t Service::add_door(Door& door) {
  doors_.emplace(++last_door_, &door);
  return last_door_;
}

void Service::add_own_address(const SocketAddress& address) { own_addresses_.push_back(address); }

void Service::remove_own_address(const SocketAddress& address) {
  const auto it = std::find(own_addresses_.begin(), own_addresses_.end(), address);
  if (it != own_addresses_.end()) own_addresses_.erase(it);
}

const Bytes* Service::answer(const AskerPtr& asker, const std::uint8_t* bytes, std::size_t size,
                             const Client& client) {
  before_answer();
  if (size < kHeaderSize) return nullptr;
  const std::string_view memo_key =
      client.tcp ? std::string_view()
                 : std::string_view(reinterpret_cast<const char*>(bytes) + 2, size - 2);
  if (asker && !client.tcp)
    if (Bytes* ready = asker->memo.find(memo_key, zone_.generation())) {
      std::copy_n(bytes, 2, ready->data());
      return ready;
    }

  const PacketPtr query = parse(bytes, size);
  const auto give = [this](Bytes answer) -> const Bytes* {
    answer_ = std::move(answer);
    return answer_.empty() ? nullptr : &answer_;
  };
  if (!query) return give(format_error(bytes, size));
  if (::ldns_pkt_qr(query.get())) return nullptr;
  if (::ldns_pkt_get_opcode(query.get()) != LDNS_PACKET_QUERY)
    return give(bare_reply(*query, LDNS_RCODE_NOTIMPL));
  const auto question = question_of(*query);
  if (!question) return give(bare_reply(*query, LDNS_RCODE_FORMERR));
  if (!asker || is_transfer(*question)) return give(bare_reply(*query, LDNS_RCODE_REFUSED));

  const std::size_t limit = client.tcp ? kLargestMessage : question->udp_size;
  bool known = false;
  Bytes local = answer_known(asker, *query, *question, memo_key, limit, known);
  if (known) return give(std::move(local));
  return give(answer_outside(asker, *query, *question, bytes, size, client, limit));
}

Bytes Service::answer_known(const AskerPtr& asker, const ldns_pkt& query, const Question& question,
                            std::string_view memo_key, std::size_t limit, bool& known) {
  if (question.klass != LDNS_RR_CLASS_IN) return {};
  const ldns_rr& record = *::ldns_rr_list_rr(::ldns_pkt_question(&query), 0);
  const std::string& id = asker->settings.id;
  PacketPtr reply;
  std::size_t turns = 1;
  if (question.type == LDNS_RR_TYPE_PTR) {
    const auto address = address_of_pointer(question.name);
    const auto names = address ? zone_.find_pointers(id, *address) : std::vector<std::string>();
    if (names.empty()) return {};
    reply = reply_to(query, LDNS_RCODE_NOERROR);
    const bool told = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return add_pointer(*reply, record, name, kTtlSeconds);
    });
    if (!told) reply = reply_to(query, LDNS_RCODE_NXDOMAIN);
  } else {
    const auto found = zone_.find(id, question.name, question.type == LDNS_RR_TYPE_AAAA);
    if (!found.known) return {};
    reply = reply_to(query, LDNS_RCODE_NOERROR);
    // A known name has no records of other kinds: that is an answer, too.
    const std::size_t count = asks_for_address(question) ? found.addresses.size() : 0;
    turns = std::max<std::size_t>(count, 1);
    const std::size_t turn =
        turns <= Memo::kMostTurns && !memo_key.empty()
            ? asker->first_turn + asker->memo.count(memo_key, zone_.generation())
            : random_id();
    for (std::size_t i = 0; i < count; ++i)
      add_address(*reply, record, found.addresses[(turn + i) % count], kTtlSeconds);
  }
  known = true;
  Bytes answer = encode_to_fit(*reply, limit);
  if (!memo_key.empty()) asker->memo.put(memo_key, zone_.generation(), answer, turns);
  return answer;
}

std::vector<SocketAddress> Service::usable(const std::vector<SocketAddress>& servers,
                                           bool inside) const {
  std::vector<SocketAddress> kept;
  for (const auto& server : servers) {
    const bool ourselves = inside ? is_inside_address(server)
                                  : std::find(own_addresses_.begin(), own_addresses_.end(),
                                              server) != own_addresses_.end();
    if (!ourselves) kept.push_back(server);
  }
  return kept;
}

Bytes Service::answer_outside(const AskerPtr& asker, const ldns_pkt& query,
                              const Question& question, const std::uint8_t* bytes, std::size_t size,
                              const Client& client, std::size_t limit) {
  const bool own = !asker->own_servers.empty();
  // Docker: a container on internal networks only does not look outside. Servers of its own are
  // asked from inside: they may be on such a network.
  if (!(own && asker->inside_socket >= 0) && !zone_.reaches_outside(asker->settings.id))
    return bare_reply(query, LDNS_RCODE_SERVFAIL);
  // Docker: who sets ndots wants names without a dot completed by the search domains.
  if (asker->settings.ndots_set && asks_for_address(question) &&
      question.name.find('.') == std::string::npos)
    return bare_reply(query, LDNS_RCODE_NOERROR);

  Errand errand;
  const auto& servers = own ? asker->own_servers : host_servers_.get();
  if (!own && servers_generation_ != host_servers_.generation()) {
    servers_generation_ = host_servers_.generation();
    cache_.clear();
  }
  errand.beside = own ? asker->inside_socket : -1;
  const bool cacheable = !has_client_subnet(query);
  if (cacheable) errand.scope = own ? asker->settings.id : "host";
  if (cacheable) {
    Bytes cached =
        cache_.get(Cache::key(errand.scope, question), query, question, now_seconds(), limit);
    if (!cached.empty()) return cached;
  }
  errand.servers = usable(servers, errand.beside >= 0);
  errand.query.assign(bytes, bytes + size);
  errand.question = question;
  errand.client = client;
  errand.asker = asker;
  if (forwarder_.ask(std::move(errand))) return {};
  return bare_reply(query, LDNS_RCODE_SERVFAIL);
}

}  // namespace net_dns

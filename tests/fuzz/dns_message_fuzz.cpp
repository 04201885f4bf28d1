// Bytes as a container's question, and as the answer of a server outside.
#include <cstring>

#include "resolver/service.hpp"
#include "tests/fuzz/check.hpp"

namespace {

using namespace net_dns;

struct World : Door {
  Poller poller;
  Timers timers;
  Service service{poller, timers};
  AskerPtr asker = service.asker("a");
  Client client;

  World() {
    // Internal: nothing is asked outside.
    service.zone().set_network({"n", "net", "bridge", "", "", true, false, "", ""});
    for (const auto& [id, address] : {std::pair{"a", "10.0.0.2/24"}, {"b", "10.0.0.3/24"}}) {
      gantry::sdk::Member member;
      member.container_id = id;
      member.name = "db";
      member.names = {"db", "a.b", "all"};
      member.address = address;
      member.ipv6 = "fd00::2/64";
      service.zone().set_member("n", member);
    }
    client.door = service.add_door(*this);
  }
  void send(const SocketAddress&, const Bytes&) override {}
};

void ask(World& world, const std::uint8_t* data, std::size_t size, bool tcp) {
  world.client.tcp = tcp;
  for (const AskerPtr& asker : {world.asker, AskerPtr()}) {
    const Bytes* answer = world.service.answer(asker, data, size, world.client);
    if (!answer) continue;
    FUZZ_CHECK(answer->size() >= kHeaderSize);
    FUZZ_CHECK(std::memcmp(answer->data(), data, 2) == 0);
    FUZZ_CHECK(tcp || answer->size() <= 65535);
    const PacketPtr read = parse(answer->data(), answer->size());
    FUZZ_CHECK(read && ::ldns_pkt_qr(read.get()));
  }
}

void take_from_outside(Cache& cache, const std::uint8_t* data, std::size_t size) {
  const PacketPtr answer = parse(data, size);
  if (!answer) return;
  const auto question = question_of(*answer);
  if (!question) return;
  const std::string key = Cache::key("s", *question);
  cache.put(key, *answer, Bytes(data, data + size), 1000);
  for (const std::int64_t now : {1000, 1001, 100000}) {
    const Bytes kept = cache.get(key, *answer, *question, now, question->udp_size);
    if (!kept.empty()) FUZZ_CHECK(parse(kept.data(), kept.size()));
  }
  FUZZ_CHECK(cache.bytes() <= Cache::kMostBytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  static Cache cache;
  ask(world, data, size, false);
  ask(world, data, size, true);
  take_from_outside(cache, data, size);
  return 0;
}

// A container in its role of asking: its settings, and its answers made ready. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "protocol/documents.hpp"
#include "resolver/packet.hpp"

namespace net_dns {

/// Answers from the zone, kept by the bytes of the query (without its id): the same question is
/// asked again and again, and then neither it nor the answer needs the codec. Several answers to
/// one question (their addresses in different orders) take turns. Valid for one generation of the
/// zone; bounded.
class Memo {
 public:
  static constexpr std::size_t kMostQueries = 128;
  static constexpr std::size_t kLongestQuery = 512;
  static constexpr std::size_t kMostTurns = 8;
  static constexpr std::size_t kMostBytes = 256u << 10;

  /// Null: unknown, or it is not yet known in all its turns.
  Bytes* find(std::string_view query, std::uint64_t generation);
  /// How many of its turns are known.
  std::size_t count(std::string_view query, std::uint64_t generation) const;
  /// One more answer of `turns`; more than kMostTurns, or too much for all turns, is not kept.
  void put(std::string_view query, std::uint64_t generation, const Bytes& answer,
           std::size_t turns);
  std::size_t bytes() const { return bytes_; }

 private:
  struct Answers {
    std::vector<Bytes> turns;
    std::size_t wanted = 1, next = 0;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  std::unordered_map<std::string, Answers, Hash, std::equal_to<>> answers_;
  std::uint64_t generation_ = 0;
  std::size_t bytes_ = 0;  // of all answers
};

struct Asker {
  ContainerSettings settings;
  std::vector<SocketAddress> own_servers;
  int inside_socket = -1;      // in the container's network stack, while it is served there
  std::size_t waiting = 0;     // questions under way
  std::size_t first_turn = 0;  // which of several addresses comes first: another for each asker
  Memo memo;
};
using AskerPtr = std::shared_ptr<Asker>;

}  // namespace net_dns

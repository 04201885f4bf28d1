#include "fluentd/acknowledgements.hpp"

#include <msgpack.hpp>

namespace log_remote::fluentd {

namespace {

constexpr std::size_t kRoom = 4096;
// Nobody acknowledges with more.
const msgpack::unpack_limit kLimits(16, 16, 1024, 1024, 1024, 4);

std::string id_in(const msgpack::object& answer) {
  if (answer.type != msgpack::type::MAP) return {};
  const msgpack::object_map& map = answer.via.map;
  for (std::uint32_t i = 0; i < map.size; ++i) {
    const msgpack::object_kv& entry = map.ptr[i];
    if (entry.key.type == msgpack::type::STR && entry.val.type == msgpack::type::STR &&
        entry.key.as<std::string>() == "ack")
      return entry.val.as<std::string>();
  }
  return {};
}

}  // namespace

struct Acknowledgements::Reader {
  Reader() : unpacker(nullptr, nullptr, kRoom, kLimits) {}
  msgpack::unpacker unpacker;
};

Acknowledgements::Acknowledgements() = default;
Acknowledgements::~Acknowledgements() = default;

void Acknowledgements::reset() { reader_ = std::make_unique<Reader>(); }

std::string Acknowledgements::next(Connection& connection, const Patience& patience) {
  if (!reader_) reset();
  msgpack::unpacker& unpacker = reader_->unpacker;
  try {
    msgpack::object_handle answer;
    while (!unpacker.next(answer)) {
      if (unpacker.nonparsed_size() > kRoom) throw ConnectionLost("fluentd: a long answer");
      unpacker.reserve_buffer(kRoom);
      unpacker.buffer_consumed(
          connection.receive(unpacker.buffer(), unpacker.buffer_capacity(), patience));
    }
    return id_in(answer.get());
  } catch (const msgpack::unpack_error& error) {
    throw ConnectionLost(std::string("fluentd: an answer that is no MessagePack: ") + error.what());
  }
}

}  // namespace log_remote::fluentd

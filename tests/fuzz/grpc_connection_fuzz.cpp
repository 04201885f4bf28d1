// Bytes from anybody into a server's connection, the first of them read ahead: it must come to its
// end once the peer has closed, and a handler sees no message above the limit.
#include <sys/socket.h>

#include <cstdint>
#include <string>

#include "core/base/error.hpp"
#include "core/base/socket.hpp"
#include "core/grpc/connection.hpp"
#include "tests/fuzz/check.hpp"

using namespace gantry;

namespace {

/// What fits into a socket at once: nobody reads while we write.
constexpr size_t kMaxInput = 64u << 10;

grpc::Status answer(grpc::Call& call) {
  while (const auto message = call.receive()) {
    FUZZ_CHECK(message->size() <= grpc::kMaxMessage);
    call.send(*message);
  }
  return {grpc::Code::not_found, call.path()};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size) {
  if (size > kMaxInput) return 0;
  const std::string input(reinterpret_cast<const char*>(data), size);
  const size_t ahead = size == 0 ? 0 : data[size - 1] % (size + 1);
  auto [ours, theirs] = make_socket_pair();
  send_all(theirs.get(), std::string_view(input).substr(ahead));
  FUZZ_CHECK(::shutdown(theirs.get(), SHUT_WR) == 0);
  grpc::Connection::server(std::move(ours), input.substr(0, ahead), answer)->run();
  return 0;
}

#include "core/ports/tcp_relay.hpp"

#include <boost/asio/buffer.hpp>
#include <utility>

namespace gantry::ports {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t kRead = 128u << 10;
/// Reads in a row, so that one busy connection leaves time for the others.
constexpr int kTurns = 8;

/// What is read is passed on before anything else is read on this thread.
char* read_buffer() {
  thread_local std::vector<char> buffer(kRead);
  return buffer.data();
}

bool must_wait(const error_code& error) {
  return error == asio::error::would_block || error == asio::error::try_again ||
         error == asio::error::interrupted;
}

}  // namespace

TcpRelay::TcpRelay(Socket client) : client_(std::move(client)), server_(client_.get_executor()) {}

void TcpRelay::start(const asio::ip::tcp::endpoint& target, OnEnd on_end) {
  on_end_ = std::move(on_end);
  server_.async_connect(target, [self = shared_from_this()](error_code error) {
    if (error) return self->end();
    self->begin();
  });
}

void TcpRelay::begin() {
  error_code error;
  for (Socket* socket : {&client_, &server_}) {
    socket->set_option(asio::ip::tcp::no_delay(true), error);
    socket->non_blocking(true, error);
    if (error) return end();
  }
  wait_to_read(up_);
  wait_to_read(down_);
}

void TcpRelay::wait_to_read(Direction& direction) {
  direction.from.async_wait(Socket::wait_read,
                            [self = shared_from_this(), &direction](error_code error) {
                              if (error) return self->end();
                              self->read(direction);
                            });
}

void TcpRelay::wait_to_write(Direction& direction) {
  direction.to.async_wait(Socket::wait_write,
                          [self = shared_from_this(), &direction](error_code error) {
                            if (error) return self->end();
                            std::vector<char> kept = std::exchange(direction.kept, {});
                            const std::size_t sent = std::exchange(direction.sent, 0);
                            if (self->write(direction, kept.data() + sent, kept.size() - sent))
                              self->wait_to_read(direction);
                          });
}

void TcpRelay::read(Direction& direction) {
  for (int i = 0; i < kTurns; ++i) {
    error_code error;
    const std::size_t size = direction.from.read_some(asio::buffer(read_buffer(), kRead), error);
    if (must_wait(error)) break;
    if (error == asio::error::eof) return finish(direction);
    if (error) return end();
    if (!write(direction, read_buffer(), size)) return;
  }
  wait_to_read(direction);
}

bool TcpRelay::write(Direction& direction, const char* data, std::size_t size) {
  while (size > 0) {
    error_code error;
    const std::size_t n = direction.to.write_some(asio::buffer(data, size), error);
    if (must_wait(error)) {
      direction.kept.assign(data, data + size);
      wait_to_write(direction);
      return false;
    }
    if (error) {
      end();
      return false;
    }
    data += n;
    size -= n;
  }
  return true;
}

void TcpRelay::finish(Direction& direction) {
  direction.ended = true;
  if (up_.ended && down_.ended) return end();
  error_code error;
  direction.to.shutdown(Socket::shutdown_send, error);
  if (error) end();
}

void TcpRelay::close() {
  on_end_ = nullptr;
  error_code ignored;
  client_.close(ignored);
  server_.close(ignored);
}

void TcpRelay::end() {
  const OnEnd on_end = std::exchange(on_end_, nullptr);
  close();
  if (on_end) on_end(shared_from_this());
}

}  // namespace gantry::ports

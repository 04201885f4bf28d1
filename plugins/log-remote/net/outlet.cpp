#include "net/outlet.hpp"

#include <exception>

namespace log_remote {

namespace sdk = gantry::sdk;

namespace {

constexpr std::size_t kBatchBytes = 64u << 10;
// Their acknowledgements fit into any socket's buffer: the peer never waits for us to read them.
constexpr std::size_t kUnacknowledgedLines = 64;

}  // namespace

Outlet::~Outlet() {
  if (connection_) connection_->finish();
}

void Outlet::write(const Lines& lines, std::uint32_t& taken, const sdk::Op& op, Wire& wire) {
  op.throw_if_cancelled();
  if (lines.empty()) return;
  if (connection_ && connection_->has_ended()) connection_.reset();
  bool fresh = !connection_;
  for (;;) {
    try {
      if (!connection_) connection_ = reach(op);
      return deliver(lines, taken, op, wire);
    } catch (const ConnectionLost&) {
      connection_.reset();
      if (fresh) throw;
      fresh = true;  // it was an old one: the peer may be there again
    } catch (const sdk::Error& error) {
      connection_.reset();  // part of a line may be out
      if (error.code() == GANTRY_INVALID || error.code() == GANTRY_CANCELLED ||
          error.code() == GANTRY_TIMEOUT)
        throw;
      throw sdk::Error(GANTRY_UNAVAILABLE, error.what(), error.os_errno());
    } catch (const std::exception& error) {
      connection_.reset();
      // Of memory or threads: no fault of the line, which must not be left out.
      throw sdk::Error(GANTRY_UNAVAILABLE, error.what());
    }
  }
}

std::unique_ptr<Connection> Outlet::reach(const sdk::Op& op) const {
  std::exception_ptr first;  // of the likeliest place
  for (const Endpoint& endpoint : endpoints_) {
    try {
      return connect(endpoint, Patience(op, limit_));
    } catch (const sdk::Error& error) {
      if (error.code() == GANTRY_CANCELLED) throw;
      if (!first) first = std::current_exception();
    }
  }
  std::rethrow_exception(first);
}

void Outlet::deliver(const Lines& lines, std::uint32_t& taken, const sdk::Op& op, Wire& wire) {
  if (connection_->is_datagrams()) return send_datagrams(lines, taken, op, wire);
  while (taken < lines.size()) send_batch(lines, taken, op, wire);
}

void Outlet::send_datagrams(const Lines& lines, std::uint32_t& taken, const sdk::Op& op,
                            Wire& wire) {
  Packets packets;
  for (; taken < lines.size(); ++taken) {
    op.throw_if_cancelled();
    packets.clear();
    wire.encode(lines[taken], packets);
    for (const std::string& packet : packets) connection_->send(packet, Patience(op, limit_));
  }
}

void Outlet::send_batch(const Lines& lines, std::uint32_t& taken, const sdk::Op& op, Wire& wire) {
  const std::size_t most = wire.is_acknowledged() ? kUnacknowledgedLines : lines.size();
  wire.forget_acknowledgements();
  std::string bytes;
  std::vector<std::size_t> ends;  // of the lines, within `bytes`
  Packets packets;
  for (std::size_t i = taken; i < lines.size() && bytes.size() < kBatchBytes && ends.size() < most;
       ++i) {
    packets.clear();
    wire.encode(lines[i], packets);
    for (const std::string& packet : packets) bytes += packet;
    ends.push_back(bytes.size());
  }
  if (wire.is_acknowledged()) {
    send_all(bytes, op, [](std::size_t) {});
    for (std::size_t i = 0; i < ends.size(); ++i, ++taken)
      wire.await_acknowledgement(*connection_, op);
    return;
  }
  std::size_t counted = 0;
  send_all(bytes, op, [&](std::size_t out) {
    for (; counted < ends.size() && ends[counted] <= out; ++counted) ++taken;
  });
}

void Outlet::send_all(std::string_view bytes, const sdk::Op& op,
                      const std::function<void(std::size_t)>& moved) {
  Patience patience(op, limit_);
  std::size_t out = 0;
  moved(out);
  while (out < bytes.size()) {
    op.throw_if_cancelled();
    out += connection_->send(bytes.substr(out), patience);
    patience.renew();
    moved(out);
  }
}

}  // namespace log_remote

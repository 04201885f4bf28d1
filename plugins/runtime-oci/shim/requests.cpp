// Shim: one case per request of ../protocol/wire.hpp.
#include "shim.hpp"

namespace gantry::shim {
namespace {

// Decodes the body, or says so.
template <class Request>
bool decode(Connection& connection, std::string_view body, Request& request) {
  Decoder decoder(body);
  request.fields(decoder);
  if (!decoder.ok()) connection.reply(GANTRY_INVALID, 0, "malformed request");
  return decoder.ok();
}

void reply(Connection& connection, bool success, const Failure& why) {
  if (success) return connection.reply_ok();
  connection.reply(why);
}

}  // namespace

void Shim::on_request(Connection& connection, Type type, std::string_view body, ReceivedFds& fds) {
  switch (type) {
    case Type::create:
      return create(connection, body);
    case Type::start:
      return container_.start(connection);
    case Type::attach:
      return attach(connection, body, fds);
    case Type::resize:
    case Type::exec_resize:
      return resize(connection, body);
    case Type::signal:
    case Type::exec_signal:
      return signal(connection, body);
    case Type::exec_start:
      return execs_.start(connection, body, fds);
    case Type::exec_list:
      return execs_.list(connection);
    case Type::publish:
      return publish(connection, body, fds);
    case Type::unpublish:
      ports_.release();
      return connection.reply_ok();
    case Type::state:
      return connection.reply_with(container_.state());
    case Type::terminate:
      return container_.terminate(connection);
    case Type::subscribe:
      connection.reply_ok();
      return events_.subscribe(connection);
    case Type::ack: {
      Ack ack;
      Decoder decoder(body);
      ack.fields(decoder);
      return events_.acked(ack.sequence);
    }
    case Type::reply:
    case Type::event:
      break;
  }
  connection.reply(GANTRY_UNSUPPORTED, 0, "unknown request");
}

void Shim::create(Connection& connection, std::string_view body) {
  Failure why;
  if (!container_.create(body, why) || !connections_.listen(why)) return connection.reply(why);
  connection.reply_with(Created{static_cast<std::int32_t>(container_.state().shim_pid)});
  events_.subscribe(connection);
}

void Shim::attach(Connection& connection, std::string_view body, ReceivedFds& fds) {
  Attach request;
  Failure why;
  if (!decode(connection, body, request)) return;
  reply(connection, container_.attach(fds.take(0), request, why), why);
}

void Shim::resize(Connection& connection, std::string_view body) {
  Resize request;
  Failure why;
  if (!decode(connection, body, request)) return;
  const bool done = request.exec_id.empty() ? container_.resize(request.rows, request.columns, why)
                                            : execs_.resize(request, why);
  reply(connection, done, why);
}

void Shim::signal(Connection& connection, std::string_view body) {
  Signal request;
  Failure why;
  if (!decode(connection, body, request)) return;
  const bool done = request.exec_id.empty()
                        ? container_.signal(request.number, request.all != 0, why)
                        : execs_.signal(request, why);
  reply(connection, done, why);
}

void Shim::publish(Connection& connection, std::string_view body, ReceivedFds& fds) {
  Failure why;
  reply(connection, ports_.publish(body, fds, why), why);
}

}  // namespace gantry::shim

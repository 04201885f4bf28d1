#include "streams.hpp"

#include <gantry/runtime.h>

#include <algorithm>

namespace gantry::shim {

void Streams::configure(bool tty, bool stdin_once, LogWriter* log) {
  tty_ = tty;
  stdin_once_ = stdin_once;
  log_ = log;
  out_.stream = 1;
  err_.stream = 2;
  idle_.bind<&Streams::on_idle>(loop_, this);
  out_.rest.bind<&Streams::on_out_rested>(loop_, this);
  err_.rest.bind<&Streams::on_err_rested>(loop_, this);
  drain_deadline_.bind<&Streams::on_drain_deadline>(loop_, this);
}

void Streams::begin(UniqueFd in, UniqueFd out, UniqueFd err) {
  in_ = std::move(in);
  out_.fd = std::move(out);
  err_.fd = std::move(err);
  begun_ = true;
  if (in_) in_watch_.bind<&Streams::on_stdin>(loop_, in_.get(), this);
  if (out_.fd) out_.watch.bind<&Streams::on_out>(loop_, out_.fd.get(), this);
  if (err_.fd) err_.watch.bind<&Streams::on_err>(loop_, err_.fd.get(), this);
  resume_output();
  update_input();
}

void Streams::attach(UniqueFd socket, const Attach& options) {
  clients_.push_back(std::make_unique<Client>(loop_, *this, std::move(socket), options, tty_));
  Client& client = *clients_.back();
  if (log_ != nullptr && options.log_offset != UINT64_MAX) {
    client.replay().begin(*log_, options.log_offset);
    advance_replay(client);
    client.update_interest();
  }
  update_input();
}

// At most 4 MiB at a time: the client asks for more when its socket is ready (a replay may be
// long).
void Streams::advance_replay(Client& client) {
  for (int i = 0; i < 64 && client.replay().active() && !client.full() && !client.closed(); ++i) {
    Chunk piece = Chunk::make(64u << 10);
    std::uint8_t stream = 0;
    const std::size_t n = client.replay().next(piece.data(), piece.capacity(), stream);
    if (n > 0 && client.wants(stream)) client.send(stream, piece, 0, n);
  }
}

void Streams::on_client_drained(Client& client) {
  advance_replay(client);
  if (output_paused_) resume_output();
}

void Streams::finish_clients() {
  for (auto& client : clients_) client->finish();
  if (output_paused_) resume_output();
}

void Streams::drop_clients() {
  for (auto& client : clients_) client->close_now();
}

bool Streams::unsent() const {
  return std::any_of(clients_.begin(), clients_.end(),
                     [](const auto& client) { return client->waits(); });
}

void Streams::sweep() {
  std::erase_if(clients_, [](const auto& client) { return client->closed(); });
}

}  // namespace gantry::shim

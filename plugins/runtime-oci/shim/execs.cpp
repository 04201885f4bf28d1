#include "execs.hpp"

#include <gantry/runtime.h>
#include <sys/socket.h>

#include <algorithm>

namespace gantry::shim {

Exec* Execs::find(std::string_view id) {
  for (auto& exec : execs_) {
    if (exec->id() == id) return exec.get();
  }
  return nullptr;
}

void Execs::start(Connection& connection, std::string_view body, ReceivedFds& fds) {
  Failure why;
  ExecStart spec;
  Decoder decoder(body);
  spec.fields(decoder);
  if (!decoder.ok() || spec.args.count == 0 || spec.exec_id.empty() || spec.exec_id.size() > 64 ||
      spec.cwd.empty() || spec.note.size() > kMaxNote || spec.note.find('\0') != spec.note.npos ||
      spec.groups.size() % sizeof(std::uint32_t) != 0 ||
      spec.rlimits.size() % sizeof(Rlimit) != 0 || spec.seccomp.size() % 8 != 0 ||
      spec.seccomp.size() / 8 > 4096) {
    why.set(GANTRY_INVALID, "malformed exec request");
    return connection.reply(why);
  }
  UniqueFd client = fds.take(0);
  int type = 0;
  socklen_t size = sizeof type;
  if (spec.has_stream != 0 &&
      (!client || ::getsockopt(client.get(), SOL_SOCKET, SO_TYPE, &type, &size) != 0 ||
       type != SOCK_STREAM)) {
    why.set(GANTRY_INVALID, "exec needs a stream socket");
    return connection.reply(why);
  }
  if (!container_.running()) {
    why.set(GANTRY_CONFLICT, "container is not running");
    return connection.reply(why);
  }
  if (find(spec.exec_id) != nullptr) {
    why.set(GANTRY_CONFLICT, "exec is running already");
    return connection.reply(why);
  }
  execs_.push_back(std::make_unique<Exec>(loop_, events_, connections_, container_));
  execs_.back()->start(connection, spec, std::move(client));
}

void Execs::list(Connection& connection) {
  Bytes ids, states, notes;
  ExecList list;
  const auto add_text = [](Bytes& to, TextList& list_of, std::string_view text) {
    ++list_of.count;
    to.append(text.data(), text.size());
    to.append("", 1);
  };
  const auto add = [&](std::string_view id, const ExecState& state, std::string_view note) {
    const std::size_t more = id.size() + 1 + sizeof state + note.size() + 1;
    if (ids.size() + states.size() + notes.size() + more > kMaxList) return;
    add_text(ids, list.ids, id);
    states.append(reinterpret_cast<const char*>(&state), sizeof state);
    add_text(notes, list.notes, note);
  };
  for (const auto& exec : execs_) {
    if (exec->started()) add(exec->id(), exec->state(), exec->note());
  }
  for (const Finished& finished : finished_)
    add(finished.id.view(), finished.state, finished.note.view());
  list.ids.bytes = ids.view();
  list.states = states.view();
  list.notes.bytes = notes.view();
  connection.reply_with(list);
}

bool Execs::resize(const Resize& request, Failure& why) {
  Exec* exec = find(request.exec_id);
  if (exec == nullptr) return why.set(GANTRY_NOT_FOUND, "no such exec");
  return exec->resize(request.rows, request.columns, why);
}

bool Execs::signal(const Signal& request, Failure& why) {
  Exec* exec = find(request.exec_id);
  if (exec == nullptr) return why.set(GANTRY_NOT_FOUND, "no such exec");
  return exec->signal(request.number, why);
}

void Execs::child_ended(pid_t pid, int wait_status) {
  for (std::size_t i = 0; i < execs_.size(); ++i) execs_[i]->child_ended(pid, wait_status);
}

void Execs::hurry() {
  for (const auto& exec : execs_) exec->hurry();
}

void Execs::sweep() {
  auto outlived = std::count_if(execs_.begin(), execs_.end(), [](const auto& exec) {
    return exec->finished() && exec->outlived();
  });
  for (std::size_t i = 0; i < execs_.size();) {
    Exec& exec = *execs_[i];
    exec.streams().sweep();
    exec.look_at_clients();
    if (!exec.finished() || (container_.running() && exec.outlived() && outlived-- <= kOutlived)) {
      ++i;
      continue;
    }
    if (exec.started()) {
      if (finished_.size() == kRemembered) finished_.erase(finished_.begin());
      finished_.push_back({Text<72>(exec.id()), exec.state(), exec.take_note()});
    }
    execs_.erase(execs_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

}  // namespace gantry::shim

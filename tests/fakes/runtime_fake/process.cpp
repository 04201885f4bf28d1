#include "runtime_fake/process.hpp"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <gantry/cpp/error.hpp>
#include <iterator>
#include <sstream>
#include <utility>

#include "runtime_fake/log_file.hpp"

namespace fake {

namespace {

int next_pid() {
  // Above any real pid (PID_MAX_LIMIT is 2^22): nobody may signal a stranger by mistake.
  static std::atomic<int> last{1 << 23};
  return ++last;
}

/// "/bin/sh -c 'exit 3'" → exit 3; "/bin/cat" → cat.
Process::Options simplified(Process::Options options) {
  auto& args = options.args;
  if (args.size() == 3 && args[0] == "/bin/sh" && args[1] == "-c") {
    std::istringstream words(args[2]);
    args.assign(std::istream_iterator<std::string>(words), {});
  }
  if (!args.empty() && args[0].rfind("/no/such/", 0) == 0) args[0] = "nothere";
  if (!args.empty() && args[0].rfind("/bin/", 0) == 0) args[0].erase(0, 5);
  return options;
}

}  // namespace

Process::Process(Options options) : options_(simplified(std::move(options))), pid_(next_pid()) {}

Process::~Process() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (auto& client : clients_) client->close();  // first: the thread may be stuck writing to one
  if (thread_.joinable()) thread_.join();
  clients_.clear();
}

void Process::attach(const gantry_stream& stream) {
  auto client = std::make_unique<Client>(stream, options_.tty);
  Client& added = *client;
  {
    const std::lock_guard lock(mutex_);
    if (stream.log_offset != UINT64_MAX)
      replay_log(options_.log_path, stream.log_offset,
                 [&](int from, std::string_view payload) { added.write(from, payload); });
    clients_.push_back(std::move(client));
  }
  added.run([this](std::string_view data) { input(data); });
}

void Process::start() {
  if (!options_.args.empty() && options_.args[0] == "nothere")
    throw gantry::sdk::Error(GANTRY_NOT_FOUND,
                             "exec: \"nothere\": executable file not found in $PATH");
  const std::lock_guard lock(mutex_);
  if (started_) throw gantry::sdk::Error(GANTRY_CONFLICT, "already started");
  started_ = true;
  thread_ = std::thread([this] { run(); });
}

void Process::signal(int number) {
  {
    const std::lock_guard lock(mutex_);
    if (!options_.args.empty() && options_.args[0] == "deaf" && number != SIGKILL) return;
    if (number == SIGWINCH || number == SIGCHLD || number == SIGCONT) return;
    end_signal_ = number;
  }
  changed_.notify_all();
}

void Process::set_paused(bool paused) {
  {
    const std::lock_guard lock(mutex_);
    paused_ = paused;
  }
  changed_.notify_all();
}

void Process::run() {
  const std::string verb = options_.args.empty() ? "" : options_.args[0];
  std::string words;
  for (size_t i = 1; i < options_.args.size(); ++i) words += (i > 1 ? " " : "") + options_.args[i];
  if (verb == "exit") return end(std::atoi(words.c_str()));
  if (verb == "echo" || verb == "fail") {
    output(verb == "fail" ? 2 : 1, words + "\n");
    return end(verb == "fail" ? 1 : 0);
  }
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] {
      return stopping_ ||
             (!paused_ &&
              (end_signal_ != 0 || (verb == "cat" && (!pending_input_.empty() || input_ended_))));
    });
    if (stopping_) return;
    if (end_signal_ != 0) break;
    if (pending_input_.empty()) {
      lock.unlock();
      return end(0);
    }
    const std::string data = std::exchange(pending_input_, {});
    lock.unlock();
    output(1, data);
    lock.lock();
  }
  const int code = 128 + end_signal_;
  lock.unlock();
  end(code);
}

void Process::input(std::string_view data) {
  if (!options_.open_stdin) return;
  {
    const std::lock_guard lock(mutex_);
    if (!data.empty())
      pending_input_ += data;
    else if (options_.stdin_once)
      input_ended_ = true;
  }
  changed_.notify_all();
}

void Process::output(int stream, std::string_view data) {
  const std::lock_guard lock(mutex_);
  append_log(options_.log_path, stream, data);
  for (auto& client : clients_) client->write(options_.tty ? 1 : stream, data);
}

void Process::end(int code) {
  if (options_.exited) options_.exited(code);
  const std::lock_guard lock(mutex_);
  for (auto& client : clients_) client->close();
}

}  // namespace fake

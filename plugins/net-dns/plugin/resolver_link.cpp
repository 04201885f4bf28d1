#include "plugin/resolver_link.hpp"

#include <algorithm>
#include <chrono>
#include <system_error>

namespace net_dns {

namespace sdk = gantry::sdk;
using std::chrono::milliseconds;

namespace {

constexpr std::int64_t kEarlyMs = 1000;  // who ends sooner than this after its start is broken
constexpr milliseconds kFirstPause{20}, kLongestPause{5000}, kCloseLimit{5000};

std::int64_t now_ms() {
  return std::chrono::duration_cast<milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

ResolverLink::ResolverLink(const sdk::Host& host, std::string program, const Settings& settings)
    : host_(host), program_(std::move(program)), path_(host.run_dir() + "/resolver.sock") {
  std::string stamp;
  Model found;
  auto adopted = adopt_resolver(path_, found, stamp);
  const std::lock_guard lock(mutex_);
  if (adopted) model_ = std::move(found);
  model_.settings = settings;
  if (!adopted) return;
  if (stamp == stamp_of_program(program_)) {
    use_locked(std::move(*adopted));
    tell_locked(message("settings", {{"settings", to_json(settings)}}));
  } else {
    // Another version: the new one gets the same sockets, so no question is lost between the two.
    host_.info("another resolver is installed: it takes over");
    start_locked();
    try {
      adopted->channel.send(message("quit"));
    } catch (const std::system_error&) {
      // It is gone already.
    }
  }
  keep_in_step_locked();
}

ResolverLink::~ResolverLink() {
  std::list<std::unique_ptr<Process>> processes;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    if (current_ && !model_.needs_resolver()) quit_locked();
    current_ = nullptr;
    processes.swap(processes_);
  }
  stopped_.notify_all();
  for (auto& process : processes) {
    process->running.channel.shut_down();  // what was sent before still arrives
    process->reader.join();
  }
}

void ResolverLink::change(const std::function<void(Model&, const Talk&)>& edit) {
  const std::lock_guard lock(mutex_);
  edit(model_, Talk(*this));
  keep_in_step_locked();
}

void ResolverLink::Talk::close_gateway(const std::string& network_id) const {
  if (link_.model_.gateways.erase(network_id) == 0) return;
  if (link_.current_)
    link_.closing_.push_back({network_id, link_.model_.gateway_of(network_id), link_.current_});
  (*this)(message("no_gateway", {{"id", network_id}}));
}

void ResolverLink::wait_until_closed(const std::string& address) {
  std::unique_lock lock(mutex_);
  closed_.wait_for(lock, kCloseLimit, [&] {
    return std::none_of(closing_.begin(), closing_.end(),
                        [&](const Closing& closing) { return closing.address == address; });
  });
}

void ResolverLink::keep_in_step_locked() {
  if (stopping_) return;
  if (!current_ && model_.needs_resolver()) return start_locked();
  if (current_ && !model_.needs_resolver()) quit_locked();
}

void ResolverLink::quit_locked() {
  tell_locked(message("quit"));
  current_ = nullptr;  // its thread sees it end
}

void ResolverLink::start_locked() {
  join_finished_locked();
  RunningResolver running = start_resolver(program_, path_);
  try {
    model_.send(running.channel);
    running.channel.send(message("serve"));
  } catch (const std::system_error& error) {
    host_.warn(std::string("the resolver does not listen: ") + error.what());
  }
  use_locked(std::move(running));
}

void ResolverLink::use_locked(RunningResolver running) {
  processes_.push_back(std::make_unique<Process>());
  current_ = processes_.back().get();
  current_->running = std::move(running);
  current_->started_ms = now_ms();
  current_->reader = std::thread([this, process = current_] { listen_to(*process); });
}

void ResolverLink::tell_locked(const std::string& message, const std::vector<int>& fds) {
  if (!current_) return;
  try {
    current_->running.channel.send(message, fds);
  } catch (const std::system_error& error) {
    host_.warn(std::string("the resolver does not listen: ") + error.what());
    current_->running.channel.shut_down();  // its thread starts another, which gets everything
  }
}

void ResolverLink::join_finished_locked() {
  processes_.remove_if([](const auto& process) {
    if (!process->over) return false;
    process->reader.join();
    return true;
  });
}

void ResolverLink::listen_to(Process& process) {
  while (const auto message = process.running.channel.receive()) {
    try {
      take(process, *message);
    } catch (const std::exception& error) {
      host_.warn(std::string("the resolver said something odd: ") + error.what());
    }
  }
  process_ended(process);
  process.over = true;
}

void ResolverLink::take(const Process& process, const Message& message) {
  const sdk::Object object(message.text);
  const std::string op = object.string("op"), id = object.string("id");
  if (op == "log") host_.warn("resolver: " + object.string("text"));
  const std::lock_guard lock(mutex_);
  if (op == "gateway_closed") {
    const auto it = std::find_if(closing_.begin(), closing_.end(), [&](const Closing& closing) {
      return closing.process == &process && closing.network_id == id;
    });
    if (it != closing_.end()) closing_.erase(it);
    closed_.notify_all();
  }
  if (op != "ended") return;
  const auto it = model_.inside.find(id);
  if (it == model_.inside.end() || it->second.serial != object.string("serial")) return;
  model_.inside.erase(it);
  keep_in_step_locked();
}

void ResolverLink::process_ended(Process& process) {
  std::unique_lock lock(mutex_);
  if (stopping_ || current_ != &process) {
    const bool stays = stopping_;  // for the next daemon, or it ends by itself
    lock.unlock();
    if (!stays) bury(process);
    return;
  }
  current_ = nullptr;
  if (!model_.needs_resolver()) {
    lock.unlock();
    return bury(process);
  }
  early_ends_ = now_ms() - process.started_ms < kEarlyMs ? early_ends_ + 1 : 0;
  host_.error("the resolver ended unexpectedly: starting another");
  if (early_ends_ > 0) {
    const auto pause = std::min(kLongestPause, kFirstPause * (1 << std::min(early_ends_, 10)));
    stopped_.wait_for(lock, pause, [this] { return stopping_; });
  }
  if (!stopping_ && !current_ && model_.needs_resolver()) {
    try {
      start_locked();
    } catch (const std::exception& error) {
      host_.error(error.what());  // the next change tries again
    }
  }
  lock.unlock();
  bury(process);
}

void ResolverLink::bury(Process& process) {
  reap(process.running.pid);
  const std::lock_guard lock(mutex_);
  closing_.erase(
      std::remove_if(closing_.begin(), closing_.end(),
                     [&](const Closing& closing) { return closing.process == &process; }),
      closing_.end());
  closed_.notify_all();
}

}  // namespace net_dns

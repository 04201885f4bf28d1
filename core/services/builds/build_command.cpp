#include "core/services/builds/build_command.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "core/base/api_version.hpp"
#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/socket.hpp"
#include "core/base/text.hpp"
#include "core/json/writer.hpp"
#include "core/services/containers/container_attach.hpp"
#include "core/services/containers/container_create.hpp"
#include "core/services/containers/container_remove.hpp"
#include "core/services/containers/container_start.hpp"
#include "core/services/containers/container_wait.hpp"

namespace gantry::services {
namespace {

constexpr std::size_t kOutputPiece = 64u << 10;

std::string create_body(const BuildCommand::Request& request) {
  json::Writer out;
  out.begin_object().field("Image", request.image_id).field("Env", request.env);
  // The image's entry point is not for RUN, unless there is no command; nor is its health.
  if (!request.argv.empty())
    out.field("Cmd", request.argv).field("Entrypoint", std::vector<std::string>{""});
  out.key("Healthcheck").begin_object();
  out.field("Test", std::vector<std::string>{"NONE"}).end_object();
  out.field("AttachStdout", true).field("AttachStderr", true);
  const auto host_config = json::Document::parse(request.host_config);
  out.key("HostConfig").begin_object();
  host_config.root().each_member(
      [&](std::string_view name, json::Node value) { out.key(name).raw(value.raw()); });
  // What it writes goes to the client, and nowhere else.
  out.key("LogConfig").begin_object().field("Type", "none").end_object();
  if (!request.network_mode.empty()) out.field("NetworkMode", request.network_mode);
  out.end_object().end_object();
  return out.take();
}

/// How many bytes at the end of a text are the beginning of a character.
std::size_t unfinished(std::string_view text) {
  for (std::size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if ((byte & 0xC0u) == 0x80u) continue;
    const std::size_t needs = byte >= 0xF0u ? 4 : byte >= 0xE0u ? 3 : byte >= 0xC0u ? 2 : 1;
    return needs > back ? back : 0;
  }
  return 0;
}

/// Takes Docker's frames apart: kind, three zeros, four bytes of size, that many of text.
class Frames {
 public:
  explicit Frames(const BuildCommand::Output& output) : output_(output) {}

  void add(std::string_view data) {
    while (!data.empty()) {
      if (left_ == 0) {
        const std::size_t piece = std::min(kHead - head_.size(), data.size());
        head_ += data.substr(0, piece);
        data.remove_prefix(piece);
        if (head_.size() == kHead) begin();
        continue;
      }
      const std::size_t piece = std::min<std::size_t>(left_, data.size());
      text(data.substr(0, piece));
      data.remove_prefix(piece);
      left_ -= piece;
    }
  }
  void finish() {
    for (const int stream : {1, 2})
      if (std::string& rest = pending_[static_cast<std::size_t>(stream)]; !rest.empty())
        output_(stream, rest);
  }

 private:
  static constexpr std::size_t kHead = 8;

  void begin() {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(head_[i]); };
    stream_ = byte(0) == 2 ? 2 : 1;
    left_ = std::size_t{byte(4)} << 24 | std::size_t{byte(5)} << 16 | std::size_t{byte(6)} << 8 |
            byte(7);
    head_.clear();
  }
  void text(std::string_view piece) {
    std::string& pending = pending_[static_cast<std::size_t>(stream_)];
    pending += piece;
    const std::size_t keep = unfinished(pending);
    const std::size_t ready = pending.size() - keep;
    if (ready > 0) output_(stream_, std::string_view(pending).substr(0, ready));
    pending.erase(0, ready);
  }

  const BuildCommand::Output& output_;
  std::string head_;
  std::array<std::string, 3> pending_;
  int stream_ = 1;
  std::size_t left_ = 0;
};

domain::CreateRequest parse(ContainerServices& containers, const BuildCommand::Request& request) {
  const auto body = json::Document::parse(create_body(request));
  domain::CreateRequest create =
      domain::parse_create_request(body.root(), kNewestApiMinor, containers.create().defaults());
  create.id = request.id;
  create.image_volumes = request.image_volumes;
  create.engine_mounts = request.mounts;
  return create;
}

}  // namespace

void BuildCommand::check(ContainerServices& containers, const std::string& host_config,
                         const std::string& network_mode) {
  parse(containers, {"", {"true"}, {}, host_config, network_mode, {}});
}

BuildCommand::BuildCommand(ContainerServices& containers, const Request& request)
    : containers_(containers), secrets_(request.secrets) {
  id_ = containers_.create().run(parse(containers, request), {}, {}).id;
}

void BuildCommand::follow(int fd, const Output& output) {
  Frames frames(output);
  std::string buffer(kOutputPiece, '\0');
  for (;;) {
    const ssize_t size = ::read(fd, buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    frames.add(std::string_view(buffer.data(), static_cast<std::size_t>(size)));
  }
  frames.finish();
}

int BuildCommand::run(const Output& output, const std::stop_token& stop) {
  auto [ours, theirs] = make_socket_pair();
  AttachOptions attach;
  attach.out = attach.err = attach.stream = true;
  containers_.attach().run(id_, attach, [&] { return ClientConnection{std::move(theirs), {}}; });
  const auto wait = containers_.wait().begin(id_, "next-exit");
  containers_.start().run(id_, secrets_);
  {
    // Either wait ends when the client goes.
    const std::stop_callback interrupt(stop, [&, fd = ours.get()] {
      ::shutdown(fd, SHUT_RDWR);
      wait.waiter->notifier().notify();
    });
    follow(ours.get(), output);
    try {
      wait.waiter->wait(std::nullopt);
    } catch (const Error&) {
      if (!stop.stop_requested()) throw;  // the engine stops
    }
  }
  const auto outcome = wait.waiter->outcome();
  if (outcome && !stop.stop_requested()) return outcome->exit_code;
  throw Error(Errc::cancelled, "context canceled");
}

bool BuildCommand::remove(ContainerServices& containers, const std::string& id) {
  ContainerRemove::Options options;
  options.force = true;
  options.volumes = true;
  try {
    containers.remove().run(id, options);
  } catch (const Error& error) {
    if (error.code() == Errc::not_found) return true;
    log::warn("container " + id + " of a build: " + error.what());
    return false;
  }
  return true;
}

}  // namespace gantry::services

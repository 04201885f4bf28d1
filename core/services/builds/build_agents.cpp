#include "core/services/builds/build_agents.hpp"

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/log.hpp"
#include "core/base/random.hpp"
#include "core/base/socket.hpp"

namespace gantry::services {
namespace {

constexpr int kBacklog = 16;

UniqueFd listen_at(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string text = path.string();
  if (text.size() >= sizeof address.sun_path) throw_errno("listen at " + text, ENAMETOOLONG);
  std::memcpy(address.sun_path, text.c_str(), text.size() + 1);
  UniqueFd fd = make_socket(AF_UNIX, SOCK_STREAM);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw_errno("listen at " + text);
  return fd;
}

}  // namespace

BuildAgents::~BuildAgents() {
  links_.clear();
  for (const auto& socket : sockets_)
    if (::unlink(socket.c_str()) != 0) log::warn("a build's socket stays: " + socket.string());
}

std::filesystem::path BuildAgents::make(const std::string& id, const Owner& owner) {
  const std::string name = id.empty() ? "default" : id;
  if (!request_.require_agent || !request_.link_agent)
    throw Error(Errc::not_found, "no SSH key \"" + name + "\" forwarded from the client");
  request_.require_agent(name);
  file::make_directories(directory_, 0700);
  const std::filesystem::path path = directory_ / random_hex(8);
  UniqueFd listener = listen_at(path);
  sockets_.push_back(path);
  // Nobody is listened to before the owner is right.
  if (::chown(path.c_str(), owner.uid, owner.gid) != 0 || ::chmod(path.c_str(), owner.mode) != 0)
    throw_errno("set owner of " + path.string());
  if (::listen(listener.get(), kBacklog) != 0) throw_errno("listen at " + path.string());
  links_.push_back(request_.link_agent(name, std::move(listener)));
  return path;
}

}  // namespace gantry::services

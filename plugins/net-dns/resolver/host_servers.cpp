#include "resolver/host_servers.hpp"

#include <algorithm>
#include <fstream>
#include <gantry/cpp/container_files.hpp>
#include <sstream>

namespace net_dns {

namespace files = gantry::sdk::files;

namespace {

std::vector<std::string> servers_in(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;  // what cannot be read, as a directory, is as an empty file
  text << file.rdbuf();
  return files::parse_resolver_file(text.str()).nameservers;
}

bool is_systemd_stub(const std::string& server) {
  return server == "127.0.0.53" || server == "127.0.0.54";
}

}  // namespace

std::vector<SocketAddress> parse_servers(const std::vector<std::string>& texts) {
  std::vector<SocketAddress> servers;
  for (const auto& text : texts)
    if (const auto server = parse_server(text))
      if (std::find(servers.begin(), servers.end(), *server) == servers.end())
        servers.push_back(*server);
  return servers;
}

void HostServers::configure(const Settings& settings) {
  settings_ = settings;
  read_ = false;
}

HostServers::Stamp HostServers::stamp_of(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return {};
#ifdef __APPLE__
  const timespec& changed = info.st_mtimespec;
#else
  const timespec& changed = info.st_mtim;
#endif
  return {true, info.st_dev, info.st_ino, info.st_size, changed.tv_sec, changed.tv_nsec};
}

const std::vector<SocketAddress>& HostServers::get() {
  if (!settings_.upstreams.empty()) {
    if (!read_) read();
    return servers_;
  }
  const bool same = read_ && stamp_of(settings_.resolv_conf) == file_ &&
                    (!stub_only_ || stamp_of(files::kSystemdResolvedFile) == behind_);
  if (!same) read();
  return servers_;
}

void HostServers::read() {
  std::vector<std::string> texts = settings_.upstreams;
  stub_only_ = false;
  if (texts.empty()) {
    // Before reading: a change in between is then seen the next time.
    file_ = stamp_of(settings_.resolv_conf);
    behind_ = stamp_of(files::kSystemdResolvedFile);
    texts = servers_in(settings_.resolv_conf);
    stub_only_ = !texts.empty() && std::all_of(texts.begin(), texts.end(), is_systemd_stub);
    if (stub_only_) {
      const auto behind = servers_in(files::kSystemdResolvedFile);
      texts.insert(texts.end(), behind.begin(), behind.end());
    }
  }
  auto servers = parse_servers(texts);
  if (servers.empty()) servers = parse_servers(settings_.fallback);
  read_ = true;
  if (servers == servers_) return;
  servers_ = std::move(servers);
  ++generation_;
}

}  // namespace net_dns

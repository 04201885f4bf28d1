// The texts of /etc/hosts and /etc/resolv.conf as Docker's users know them, for name services: the
// part that does not depend on how names are found. Pure functions; any thread.
#ifndef GANTRY_CPP_CONTAINER_FILES_HPP
#define GANTRY_CPP_CONTAINER_FILES_HPP

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <gantry/cpp/network.hpp>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace gantry::sdk::files {

inline constexpr const char* kBlockBegin =
    "# begin: names of this container's networks, kept by the engine\n";
inline constexpr const char* kBlockEnd = "# end\n";

/// "172.18.0.2/16" → "172.18.0.2".
inline std::string without_prefix_length(const std::string& address) {
  return address.substr(0, address.find('/'));
}

/// Free text that can stand as one word of a line.
inline bool is_one_word(const std::string& text) {
  return !text.empty() && std::none_of(text.begin(), text.end(), [](unsigned char c) {
    return c <= ' ' || c == '#' || c == 0x7f;
  });
}

namespace detail {

inline constexpr const char* kDefaultLine = "127.0.0.1\tlocalhost\n";
inline constexpr const char* kDefaultLines6 =
    "::1\tlocalhost ip6-localhost ip6-loopback\n"
    "fe00::\tip6-localnet\n"
    "ff00::\tip6-mcastprefix\n"
    "ff02::1\tip6-allnodes\n"
    "ff02::2\tip6-allrouters\n";

/// "name:address"; the address may be IPv6, with or without brackets.
inline std::string extra_line(const std::string& extra) {
  const auto colon = extra.find(':');
  if (colon == std::string::npos) return {};
  const std::string name = extra.substr(0, colon);
  std::string address = extra.substr(colon + 1);
  if (address.size() > 2 && address.front() == '[' && address.back() == ']')
    address = address.substr(1, address.size() - 2);
  if (!is_one_word(name) || !is_one_word(address)) return {};
  return address + "\t" + name + "\n";
}

/// Docker: users may give the full name in the host name or split it over host and domain name; the
/// line has the full name and the first label.
inline std::string own_names(const ContainerRequest& container) {
  std::string full = container.hostname;
  if (!container.domainname.empty()) full += "." + container.domainname;
  const auto dot = full.find('.');
  return dot == std::string::npos ? full : full + " " + full.substr(0, dot);
}

inline std::vector<std::string> own_lines(const ContainerRequest& container) {
  std::vector<std::string> lines;
  const std::string names = own_names(container);
  if (names.empty()) return lines;
  for (const auto& endpoint : container.endpoints)
    for (const auto& address : {endpoint.address, endpoint.ipv6})
      if (!address.empty()) lines.push_back(without_prefix_length(address) + "\t" + names + "\n");
  return lines;
}

}  // namespace detail

/// A new container's hosts file without a block of names: Docker's default lines, extra hosts, then
/// the container's own addresses.
inline std::string base_hosts(const ContainerRequest& container) {
  // Docker: a container in the host's network sees the host's file, unless it brings entries of its
  // own.
  if (container.mode == "host" && container.extra_hosts.empty()) return container.host_hosts;
  std::string text = detail::kDefaultLine;
  if (!container.without_ipv6) text += detail::kDefaultLines6;
  for (const auto& extra : container.extra_hosts) text += detail::extra_line(extra);
  for (const auto& line : detail::own_lines(container)) text += line;
  return text;
}

/// The text with this block (lines with their marks, or "") in the place of the one it has, else at
/// its end. What users wrote around it stays.
inline std::string with_block(const std::string& text, const std::string& block) {
  const auto begin = text.find(kBlockBegin);
  if (begin == std::string::npos) {
    const bool open_line = !block.empty() && !text.empty() && text.back() != '\n';
    return text + (open_line ? "\n" : "") + block;
  }
  const auto end = text.find(kBlockEnd, begin);
  // Without its end mark the block reaches as far as the file.
  const auto after =
      end == std::string::npos ? text.size() : end + std::char_traits<char>::length(kBlockEnd);
  return text.substr(0, begin) + block + text.substr(after);
}

/// The block for these lines, or "".
inline std::string block_of(const std::string& lines) {
  return lines.empty() ? std::string() : kBlockBegin + lines + kBlockEnd;
}

/// Hosts file for container_files(): a new one, or the present one of a container that runs, with
/// its own lines brought in step with its endpoints.
inline std::string hosts_for(const ContainerRequest& container, const std::string& block) {
  if (container.current_hosts.empty()) return base_hosts(container) + block;
  const auto wanted = detail::own_lines(container);
  const std::string names = "\t" + detail::own_names(container) + "\n";
  std::vector<bool> there(wanted.size(), false);
  std::string text;
  std::istringstream lines(with_block(container.current_hosts, ""));
  for (std::string line; std::getline(lines, line);) {
    line += "\n";
    const auto at = std::find(wanted.begin(), wanted.end(), line);
    if (at != wanted.end()) there[static_cast<std::size_t>(at - wanted.begin())] = true;
    // A line of ours for an address that it no longer has.
    const bool ours = line.size() > names.size() && names.size() > 2 &&
                      line.compare(line.size() - names.size(), names.size(), names) == 0;
    if (at != wanted.end() || !ours || line.rfind("127.", 0) == 0 || line.rfind("::1", 0) == 0)
      text += line;
  }
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (!there[i]) text += wanted[i];
  return text + block;
}

struct ResolverFile {
  std::vector<std::string> nameservers, search, options;
};

/// Reads nameserver, search (the last one counts, as in resolv.conf(5)), domain and options lines.
inline ResolverFile parse_resolver_file(const std::string& text) {
  ResolverFile file;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    line = line.substr(0, line.find_first_of("#;"));
    std::istringstream rest(line);
    std::string keyword;
    rest >> keyword;
    std::vector<std::string> values;
    for (std::string word; rest >> word;) values.push_back(word);
    if (values.empty()) continue;
    if (keyword == "nameserver") file.nameservers.push_back(values[0]);
    if (keyword == "search") file.search = values;
    if (keyword == "domain") file.search = {values[0]};
    if (keyword == "options") file.options.insert(file.options.end(), values.begin(), values.end());
  }
  return file;
}

inline bool is_loopback(const std::string& nameserver) {
  return nameserver.rfind("127.", 0) == 0 || nameserver == "::1" || nameserver == "localhost";
}

/// Where systemd-resolved keeps its real servers (systemd-resolved.service(8)).
inline constexpr const char* kSystemdResolvedFile = "/run/systemd/resolve/resolv.conf";

/// systemd-resolved puts its loopback address into resolv.conf and the real servers into a file
/// beside it: gives that file's text when `text` names loopback addresses only, else `text`.
inline std::string behind_local_resolver(const std::string& text) {
  for (const auto& server : parse_resolver_file(text).nameservers)
    if (!is_loopback(server)) return text;
  std::ifstream upstream(kSystemdResolvedFile);
  if (!upstream) return text;
  return std::string(std::istreambuf_iterator<char>(upstream), std::istreambuf_iterator<char>());
}

namespace detail {

inline std::string line_of(const char* keyword, const std::vector<std::string>& values) {
  std::string line;
  for (const auto& value : values) line += " " + value;
  return line.empty() ? line : keyword + line + "\n";
}

/// Settings are free text from a request; one with a line break would be a line of its own.
inline std::vector<std::string> one_word_each(std::vector<std::string> values) {
  values.erase(std::remove_if(values.begin(), values.end(),
                              [](const std::string& value) {
                                return value.empty() ||
                                       std::any_of(value.begin(), value.end(),
                                                   [](unsigned char c) { return c <= ' '; });
                              }),
               values.end());
  return values;
}

inline bool has_ipv6(const ContainerRequest& container) {
  return std::any_of(container.endpoints.begin(), container.endpoints.end(),
                     [](const auto& endpoint) { return !endpoint.ipv6.empty(); });
}

inline std::string seal_of(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  char line[64];
  std::snprintf(line, sizeof line, "# kept by the engine unless edited: %016llx\n",
                static_cast<unsigned long long>(hash));
  return line;
}

inline std::string sealed(const std::string& text) { return text + seal_of(text); }

inline std::string text_of(const std::string& note, const ResolverFile& file) {
  std::string text = note;
  // resolv.conf(5): search comes before or after nameservers alike; the order is Docker's.
  text += line_of("search", file.search);
  for (const auto& server : file.nameservers) text += "nameserver " + server + "\n";
  text += line_of("options", file.options);
  return sealed(text);
}

/// The host's search domains and options, or the container's own.
inline ResolverFile with_own_settings(ResolverFile file, const ContainerRequest& container) {
  if (!container.dns_search.empty()) {
    file.search = one_word_each(container.dns_search);
    // Docker: "." means none.
    file.search.erase(std::remove(file.search.begin(), file.search.end(), "."), file.search.end());
  }
  if (!container.dns_options.empty()) file.options = one_word_each(container.dns_options);
  return file;
}

}  // namespace detail

/// False: someone has edited it since resolv_conf() or resolver_conf() made it.
inline bool is_unedited(const std::string& resolv_conf) {
  const auto at = resolv_conf.rfind("# kept by the engine");
  return at != std::string::npos &&
         resolv_conf.substr(at) == detail::seal_of(resolv_conf.substr(0, at));
}

/// What the container shall have now: `text`, unless it runs and its file was edited.
inline std::string unless_edited(const ContainerRequest& container, const std::string& text) {
  const auto& current = container.current_resolv_conf;
  return current.empty() || is_unedited(current) ? text : current;
}

/// For containers that ask the host's servers themselves: the host's file without what a container
/// cannot reach, overridden by the container's own settings. `fallback`: nameservers used when none
/// is left. In host mode without settings: the host's file.
inline std::string resolv_conf(const ContainerRequest& container,
                               const std::vector<std::string>& fallback) {
  const bool own =
      !container.dns.empty() || !container.dns_search.empty() || !container.dns_options.empty();
  if (container.mode == "host" && !own) return container.host_resolv_conf;

  const bool host = container.mode == "host";
  ResolverFile file = parse_resolver_file(host ? container.host_resolv_conf
                                               : behind_local_resolver(container.host_resolv_conf));
  std::string note;
  if (!container.dns.empty()) {
    file.nameservers = detail::one_word_each(container.dns);
  } else if (!host) {
    // A loopback resolver of the host does not listen in the container's network.
    const bool ipv6 = detail::has_ipv6(container);
    auto& servers = file.nameservers;
    servers.erase(std::remove_if(servers.begin(), servers.end(),
                                 [&](const std::string& server) {
                                   return is_loopback(server) ||
                                          (!ipv6 && server.find(':') != std::string::npos);
                                 }),
                  servers.end());
    if (servers.empty()) {
      servers = fallback;
      note = "# The host names no resolver that a container can reach: these are the fallback.\n";
    }
  }
  return detail::text_of(note, detail::with_own_settings(std::move(file), container));
}

/// For containers that ask the engine's resolver at `address`: search domains and options are the
/// host's or the container's own; "ndots:0" when neither says, as Docker does it, so that a name
/// without a dot is asked for as it is first.
inline std::string resolver_conf(const ContainerRequest& container, const std::string& address) {
  ResolverFile file = detail::with_own_settings(
      parse_resolver_file(behind_local_resolver(container.host_resolv_conf)), container);
  file.nameservers = {address};
  const bool has_ndots =
      std::any_of(file.options.begin(), file.options.end(),
                  [](const std::string& option) { return option.rfind("ndots:", 0) == 0; });
  if (!has_ndots) file.options.push_back("ndots:0");
  return detail::text_of("", file);
}

}  // namespace gantry::sdk::files

#endif

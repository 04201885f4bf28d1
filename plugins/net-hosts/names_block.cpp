#include "names_block.hpp"

#include <algorithm>
#include <gantry/cpp/container_files.hpp>
#include <vector>

namespace net_hosts {

namespace sdk = gantry::sdk;

namespace {

constexpr std::size_t kLongestLine = 400;  // bytes of names; musl reads 511 of a line

/// Names as the words of lines.
std::vector<std::string> word_lines(const std::vector<std::string>& names,
                                    const std::string& suffix) {
  std::vector<std::string> lines;
  for (const auto& name : names) {
    const std::string word = name + suffix;
    if (name.empty() || !sdk::files::is_one_word(word)) continue;
    if (lines.empty() || lines.back().size() + 1 + word.size() > kLongestLine)
      lines.push_back(word);
    else
      lines.back() += " " + word;
  }
  return lines;
}

/// Each name alone first, which is what an address is called by; then with the network's.
std::string lines_for(const sdk::Member& member, const std::vector<std::string>& names,
                      const std::string& network) {
  std::string lines;
  for (const auto& address : {member.address, member.ipv6}) {
    if (!sdk::files::is_one_word(address)) continue;
    const std::string start = sdk::files::without_prefix_length(address) + "\t";
    for (const auto& suffix : {std::string(), "." + network})
      for (const auto& words : word_lines(names, suffix)) lines += start + words + "\n";
  }
  return lines;
}

bool has_name(const sdk::Member& member, const std::string& name) {
  return member.name == name || member.container_id == name ||
         std::find(member.names.begin(), member.names.end(), name) != member.names.end();
}

}  // namespace

std::string name_lines(const Members& members, const std::string& container_id,
                       const std::string& network) {
  std::string lines;
  // A link comes first: in its container it hides the name of another.
  if (const auto self = members.find(container_id); self != members.end())
    for (const auto& link : self->second.links)
      for (const auto& [id, member] : members)
        if (has_name(member, link.name)) lines += lines_for(member, {link.alias}, network);
  for (const auto& [id, member] : members) lines += lines_for(member, member.names, network);
  return lines;
}

}  // namespace net_hosts

#include "names_block.hpp"

#include <algorithm>
#include <gantry/cpp/container_files.hpp>
#include <vector>

namespace net_hosts {

namespace sdk = gantry::sdk;

namespace {

std::string lines_for(const sdk::Member& member, const std::vector<std::string>& names) {
  std::string words, lines;
  for (const auto& name : names)
    if (sdk::files::is_one_word(name)) words += (words.empty() ? "" : " ") + name;
  if (words.empty()) return {};
  for (const auto& address : {member.address, member.ipv6})
    if (sdk::files::is_one_word(address))
      lines += sdk::files::without_prefix_length(address) + "\t" + words + "\n";
  return lines;
}

bool has_name(const sdk::Member& member, const std::string& name) {
  return member.name == name || member.container_id == name ||
         std::find(member.names.begin(), member.names.end(), name) != member.names.end();
}

}  // namespace

std::string name_lines(const Members& members, const std::string& container_id) {
  std::string lines;
  // A link comes first: in its container it hides the name of another.
  if (const auto self = members.find(container_id); self != members.end())
    for (const auto& link : self->second.links)
      for (const auto& [id, member] : members)
        if (has_name(member, link.name)) lines += lines_for(member, {link.alias});
  for (const auto& [id, member] : members) lines += lines_for(member, member.names);
  return lines;
}

}  // namespace net_hosts

#include "core/services/base/user_lookup.hpp"

#include <algorithm>
#include <optional>

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace gantry::services {
namespace {

constexpr std::uint64_t kMaxFile = 4u << 20;

struct PasswdEntry {
  std::string name, home;
  std::uint32_t uid = 0, gid = 0;
};

struct GroupEntry {
  std::string name;
  std::uint32_t gid = 0;
  std::vector<std::string> members;
};

std::optional<std::uint32_t> to_id(std::string_view text) {
  const auto number = text::to_int(text);
  if (!number || *number < 0 || *number > INT32_MAX) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

/// Calls fn(fields) for each line that has at least `least` fields.
template <class Fn>
void each_line(std::string_view file, size_t least, Fn&& fn) {
  for (const std::string& line : text::split(file, '\n')) {
    if (line.empty() || line.front() == '#') continue;
    const auto fields = text::split(line, ':');
    if (fields.size() >= least) fn(fields);
  }
}

std::vector<PasswdEntry> parse_passwd(std::string_view file) {
  std::vector<PasswdEntry> entries;
  each_line(file, 4, [&](const std::vector<std::string>& fields) {
    const auto uid = to_id(fields[2]), gid = to_id(fields[3]);
    if (!uid || !gid) return;
    entries.push_back({fields[0], fields.size() > 5 ? fields[5] : std::string(), *uid, *gid});
  });
  return entries;
}

std::vector<GroupEntry> parse_group(std::string_view file) {
  std::vector<GroupEntry> entries;
  each_line(file, 3, [&](const std::vector<std::string>& fields) {
    const auto gid = to_id(fields[2]);
    if (!gid) return;
    GroupEntry entry{fields[0], *gid, {}};
    if (fields.size() > 3) entry.members = text::split(fields[3], ',');
    entries.push_back(std::move(entry));
  });
  return entries;
}

/// What was asked for as a number, which is never a name, even where a name is made of digits.
std::optional<std::uint32_t> asked_id(std::string_view wanted) {
  const std::string_view digits = wanted.substr(wanted.starts_with('-'));
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos)
    return std::nullopt;
  if (const auto id = to_id(wanted)) return id;
  throw Error(Errc::internal, "uids and gids must be in range 0-2147483647");
}

std::uint32_t find_group(const std::vector<GroupEntry>& groups, const std::string& wanted) {
  if (const auto number = asked_id(wanted)) return *number;
  for (const GroupEntry& group : groups)
    if (group.name == wanted) return group.gid;
  throw Error(Errc::internal,
              "unable to find group " + wanted + ": no matching entries in group file");
}

}  // namespace

ResolvedUser resolve_user(std::string_view spec, const std::vector<std::string>& group_add,
                          std::string_view passwd, std::string_view group) {
  const size_t colon = spec.find(':');
  const std::string user(spec.substr(0, colon));
  const std::string group_name(colon == std::string_view::npos ? "" : spec.substr(colon + 1));
  const auto number = asked_id(user);
  ResolvedUser resolved;
  std::string matched;

  const auto users = parse_passwd(passwd);
  const auto is_wanted = [&](const PasswdEntry& entry) {
    if (user.empty()) return entry.uid == 0;
    return number ? entry.uid == *number : entry.name == user;
  };
  if (const auto entry = std::find_if(users.begin(), users.end(), is_wanted);
      entry != users.end()) {
    matched = entry->name;
    resolved.uid = entry->uid;
    resolved.gid = entry->gid;
    if (!entry->home.empty()) resolved.home = entry->home;
  } else if (number) {
    resolved.uid = *number;
  } else if (!user.empty()) {
    throw Error(Errc::internal,
                "unable to find user " + user + ": no matching entries in passwd file");
  }

  const auto groups = parse_group(group);
  if (!group_name.empty()) {
    resolved.gid = find_group(groups, group_name);
  } else if (!matched.empty()) {
    for (const GroupEntry& entry : groups)
      if (std::find(entry.members.begin(), entry.members.end(), matched) != entry.members.end())
        resolved.additional_gids.push_back(entry.gid);
  }
  for (const std::string& extra : group_add)
    resolved.additional_gids.push_back(find_group(groups, extra));
  // Dropping the primary group from the set would get round permissions that deny a group
  // something.
  auto& gids = resolved.additional_gids;
  gids.push_back(resolved.gid);
  std::sort(gids.begin(), gids.end());
  gids.erase(std::unique(gids.begin(), gids.end()), gids.end());
  return resolved;
}

ResolvedUser look_up_user(pluginhost::Runtime& runtime, const std::string& container_id,
                          std::string_view user, const std::vector<std::string>& group_add) {
  const auto passwd = runtime.rootfs_find_file(container_id, "/etc/passwd", kMaxFile);
  const auto group = runtime.rootfs_find_file(container_id, "/etc/group", kMaxFile);
  return resolve_user(user, group_add, passwd.value_or(""), group.value_or(""));
}

}  // namespace gantry::services

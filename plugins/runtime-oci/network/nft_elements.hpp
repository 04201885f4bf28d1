// Elements of nf_tables sets and maps, by netlink: a change takes some 50 µs and needs no parser.
// So do other small questions and changes. Keys and data are the kernel's registers: each part
// padded to four bytes, network byte order. Threads: any.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace gantry::oci {

struct SetElement {
  std::string key;
  std::string data;           // maps only
  std::string key_end;        // of an interval in a set of concatenations
  bool interval_end = false;  // in a set of plain intervals: the first key behind one
};

struct SetChange {
  bool add = true;
  std::string set;
  SetElement element;
  std::uint8_t family = AF_INET;  // of the table: or AF_INET6
};

/// All or nothing. Errors carry the kernel's errno: ENOENT (no such table, or nothing to delete),
/// EEXIST (the key leads somewhere else).
void change_elements(const std::string& table, const std::vector<SetChange>& changes);
/// nullopt: no such table or set.
std::optional<std::vector<SetElement>> list_elements(const std::string& table,
                                                     const std::string& set,
                                                     std::uint8_t family = AF_INET);
/// Of a map, where the key of `like` leads; nullopt: nowhere.
std::optional<std::string> find_data(const std::string& table, const SetChange& like);
/// Of a set of type ifname.
std::optional<std::vector<std::string>> list_set_interfaces(const std::string& table,
                                                            const std::string& set,
                                                            std::uint8_t family = AF_INET);
/// How many rules each chain of a table has. Absent, or without rules: empty.
std::map<std::string, std::size_t> count_rules(const std::string& table, std::uint8_t family);
/// Absent: success.
void delete_table(const std::string& table, std::uint8_t family);

}  // namespace gantry::oci

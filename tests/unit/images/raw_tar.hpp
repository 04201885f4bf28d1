// Tars byte by byte, for what no writer would make: any name, number and pax record.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace gantry::test {

struct RawEntry {
  std::string name{};  // longer than 100 bytes: as a pax record
  char type = '0';
  std::string content{}, link{};
  unsigned mode = 0644;
  std::uint64_t uid = 0, gid = 0, mtime = 0;
  std::vector<std::pair<std::string, std::string>> pax{};
};

namespace raw_tar {

/// Octal, or base 256 where that is too short.
inline void put_number(std::string& block, std::size_t at, std::size_t width, std::uint64_t value) {
  if (value < std::uint64_t{1} << (3 * (width - 1))) {
    char digits[32];
    std::snprintf(digits, sizeof digits, "%0*llo", static_cast<int>(width - 1),
                  static_cast<unsigned long long>(value));
    block.replace(at, width - 1, digits);
    return;
  }
  for (std::size_t i = 0; i < width - 1; ++i, value >>= 8)
    block[at + width - 1 - i] = static_cast<char>(value & 0xFF);
  block[at] = '\x80';
}

inline std::string padded(std::string content) {
  content.resize((content.size() + 511) / 512 * 512);
  return content;
}

inline std::string header(const RawEntry& entry) {
  std::string block(512, '\0');
  block.replace(0, std::min<std::size_t>(100, entry.name.size()), entry.name.substr(0, 100));
  put_number(block, 100, 8, entry.mode);
  put_number(block, 108, 8, entry.uid);
  put_number(block, 116, 8, entry.gid);
  put_number(block, 124, 12, entry.content.size());
  put_number(block, 136, 12, entry.mtime);
  block[156] = entry.type;
  block.replace(157, std::min<std::size_t>(100, entry.link.size()), entry.link.substr(0, 100));
  block.replace(257, 8, std::string("ustar\00000", 8));
  block.replace(148, 8, 8, ' ');
  unsigned sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  put_number(block, 148, 7, sum);
  return block;
}

inline std::string pax_record(const std::string& key, const std::string& value) {
  const std::string rest = " " + key + "=" + value + "\n";
  std::size_t size = rest.size() + 1;
  while (std::to_string(size).size() + rest.size() != size) ++size;
  return std::to_string(size) + rest;
}

}  // namespace raw_tar

inline std::string raw_entry(RawEntry entry) {
  if (entry.name.size() > 100) entry.pax.emplace_back("path", entry.name);
  if (entry.link.size() > 100) entry.pax.emplace_back("linkpath", entry.link);
  std::string records;
  for (const auto& [key, value] : entry.pax) records += raw_tar::pax_record(key, value);
  std::string bytes;
  if (!records.empty()) {
    RawEntry pax;
    pax.name = "pax";
    pax.type = 'x';
    pax.content = records;
    bytes = raw_tar::header(pax) + raw_tar::padded(records);
  }
  return bytes + raw_tar::header(entry) + raw_tar::padded(entry.content);
}

inline std::string raw_tar_of(const std::vector<RawEntry>& entries) {
  std::string bytes;
  for (const RawEntry& entry : entries) bytes += raw_entry(entry);
  return bytes + std::string(1024, '\0');
}

}  // namespace gantry::test

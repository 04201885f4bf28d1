#include "core/build/source_entry.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace gantry::build {
namespace {

using images::ArchiveEntry;

// More than file systems keep with one file.
constexpr std::size_t kMaxAttributes = 64u << 10;
constexpr std::int64_t kSecond = 1'000'000'000;

std::optional<ArchiveEntry::Kind> kind_of(unsigned type) {
  switch (type) {
    case AE_IFREG:
      return ArchiveEntry::Kind::file;
    case AE_IFDIR:
      return ArchiveEntry::Kind::directory;
    case AE_IFLNK:
      return ArchiveEntry::Kind::symlink;
    case AE_IFIFO:
      return ArchiveEntry::Kind::fifo;
    case AE_IFCHR:
      return ArchiveEntry::Kind::character_device;
    case AE_IFBLK:
      return ArchiveEntry::Kind::block_device;
    default:
      return std::nullopt;
  }
}

// Times that nanoseconds do not reach are as far away as can be.
UnixNanos time_of(archive_entry* from) {
  constexpr std::int64_t kFarthest = INT64_MAX / kSecond - 1;
  const std::int64_t seconds =
      std::clamp<std::int64_t>(::archive_entry_mtime(from), -kFarthest, kFarthest);
  return seconds * kSecond + ::archive_entry_mtime_nsec(from);
}

std::uint32_t owner(std::int64_t id, const images::TarReader& tar) {
  // Cut down to 32 bits it would be somebody else.
  if (id < 0 || id > UINT32_MAX) tar.refuse("no such owner: " + std::to_string(id));
  return static_cast<std::uint32_t>(id);
}

std::shared_ptr<const ArchiveEntry::Attributes> read_attributes(archive_entry* from,
                                                                const images::TarReader& tar) {
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  // Writers may give each one twice, in two dialects.
  std::map<std::string, std::string> attributes;
  ::archive_entry_xattr_reset(from);
  while (::archive_entry_xattr_next(from, &name, &value, &size) == ARCHIVE_OK)
    attributes.insert_or_assign(name, std::string(static_cast<const char*>(value), size));
  if (attributes.empty()) return nullptr;
  auto kept =
      std::make_shared<const ArchiveEntry::Attributes>(attributes.begin(), attributes.end());
  if (size_of(*kept) > kMaxAttributes) tar.refuse("a file's attributes are too large");
  return kept;
}

}  // namespace

std::size_t size_of(const ArchiveEntry::Attributes& attributes) {
  std::size_t size = 0;
  for (const auto& [name, value] : attributes) size += name.size() + value.size();
  return size;
}

ArchiveEntry read_entry(archive_entry* from, const images::TarReader& tar) {
  const auto kind = kind_of(::archive_entry_filetype(from));
  if (!kind) tar.refuse("\"" + tar.name(from) + "\" is of an unknown type");
  ArchiveEntry entry;
  entry.kind = *kind;
  entry.mode = ::archive_entry_perm(from) & 07777u;
  entry.uid = owner(::archive_entry_uid(from), tar);
  entry.gid = owner(::archive_entry_gid(from), tar);
  entry.mtime = time_of(from);
  if (const char* link = ::archive_entry_symlink(from)) entry.link = link;
  if (entry.link.size() >= kMaxPath) tar.refuse("a link is too long");
  entry.major = static_cast<std::uint32_t>(::archive_entry_rdevmajor(from));
  entry.minor = static_cast<std::uint32_t>(::archive_entry_rdevminor(from));
  entry.xattrs = read_attributes(from, tar);
  return entry;
}

}  // namespace gantry::build

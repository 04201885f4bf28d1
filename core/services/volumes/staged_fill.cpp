#include "core/services/volumes/staged_fill.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <vector>

#include "core/base/attributes.hpp"
#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/log.hpp"
#include "core/base/scope_guard.hpp"

namespace gantry::services {
namespace {

namespace fs = std::filesystem;

fs::path unfinished(const fs::path& directory, const std::string& staging) {
  return directory / (staging + ".part");
}

timespec modified(const struct stat& status) {
#ifdef __APPLE__
  return status.st_mtimespec;
#else
  return status.st_mtim;
#endif
}

void move_up(const fs::path& from, const fs::path& to) {
  const UniqueFd source = file::open(from, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  const UniqueFd target = file::open(to, O_RDONLY | O_DIRECTORY);
  struct stat before {};
  if (::fstat(source.get(), &before) != 0) throw_errno("stat " + from.string());
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator at(from, error), end; !error && at != end; at.increment(error))
    names.push_back(at->path().filename());
  if (error) throw_errno("read " + from.string(), error.value());
  for (const std::string& name : names) {
    struct stat there {};
    // Somebody else made one of this name meanwhile: theirs stays.
    if (::fstatat(target.get(), name.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0) continue;
    if (::renameat(source.get(), name.c_str(), target.get(), name.c_str()) != 0)
      throw_errno("move " + (from / name).string());
  }
  file::copy_attributes(source.get(), target.get());
  file::remove_tree(from);
  // The moves changed it.
  const timespec times[2] = {modified(before), modified(before)};
  if (::futimens(target.get(), times) != 0) throw_errno("set time of " + to.string());
}

}  // namespace

bool is_empty_directory(const fs::path& directory) {
  std::error_code error;
  const bool empty = fs::directory_iterator(directory, error) == fs::directory_iterator();
  if (error) throw_errno("read " + directory.string(), error.value());
  return empty;
}

void fill_staged(const fs::path& directory, const std::string& staging,
                 const std::function<void(const std::string&)>& make) {
  const fs::path part = unfinished(directory, staging);
  if (::mkdir(part.c_str(), 0700) != 0) throw_errno("make " + part.string());
  ScopeGuard discard([&] {
    try {
      file::remove_tree(part);
    } catch (const Error& error) {
      log::warn(std::string("throwing away what was copied: ") + error.what());
    }
  });
  make(part.string());
  const fs::path whole = directory / staging;
  if (::rename(part.c_str(), whole.c_str()) != 0) throw_errno("rename " + part.string());
  discard.dismiss();
  move_up(whole, directory);
}

void finish_staged(const fs::path& directory, const std::string& staging) {
  file::remove_tree(unfinished(directory, staging));
  std::error_code error;
  if (fs::is_directory(fs::symlink_status(directory / staging, error)))
    move_up(directory / staging, directory);
}

}  // namespace gantry::services

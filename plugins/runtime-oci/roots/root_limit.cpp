#include "roots/root_limit.hpp"

#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <utility>

#include "base/error.hpp"
#include "quota.hpp"

namespace gantry::oci {
namespace {

// Overlayfs prepares in the one what it moves to the other.
constexpr const char* kUpperDirectory = "/diff";
constexpr const char* kWork = "/work";
constexpr const char* kDirectories[] = {kUpperDirectory, kWork};

std::string record_of(const std::string& root) { return root + "/limit"; }

// A link keeps its order with the limit itself in the filesystem's journal, as a file that nobody
// syncs would not.
void write_record(const std::string& root, const RootLimit& limit) {
  const std::string record = record_of(root), temporary = record + ".new";
  ::unlink(temporary.c_str());
  if (::symlink(limit.text().c_str(), temporary.c_str()) != 0) throw_errno("make " + temporary);
  if (::rename(temporary.c_str(), record.c_str()) != 0) throw_errno("rename to " + record);
}

void require_quotas(const std::string& root) {
  if (!quota::is_enforced(root))
    throw Error(GANTRY_INVALID,
                "--storage-opt is supported only for overlay over xfs with 'pquota' mount option");
}

// The record first: whoever finds it after a crash takes the limit off.
void enter_project(const std::string& root, const RootLimit& limit) {
  write_record(root, limit);
  quota::limit_project(root, limit.project, limit.bytes);
  try {
    for (const char* directory : kDirectories) quota::join_project(root + directory, limit.project);
  } catch (...) {
    quota::release_project(root, limit.project);  // the next attempt takes another one
    throw;
  }
}

void release_own(const std::string& root, std::uint32_t project) {
  if (project != 0 && owns_root_project(root, project)) quota::release_project(root, project);
}

bool is_in(const std::string& root, std::uint32_t project) {
  for (const char* directory : kDirectories)
    if (quota::project_of(root + directory) != project) return false;
  return project != 0;
}

template <class Number>
bool read(std::string_view text, Number& number) {
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && at == end;
}

}  // namespace

std::string RootLimit::text() const {
  return std::to_string(project) + ":" + std::to_string(bytes);
}

std::optional<RootLimit> RootLimit::parse(std::string_view text) {
  RootLimit limit;
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || !read(text.substr(0, colon), limit.project) ||
      !read(text.substr(colon + 1), limit.bytes))
    return std::nullopt;
  return limit;
}

std::optional<RootLimit> find_root_limit(const std::string& root) {
  char target[64];
  const ssize_t size = ::readlink(record_of(root).c_str(), target, sizeof target);
  if (size < 0 && errno == ENOENT) return std::nullopt;
  if (size < 0) throw_errno("read " + record_of(root));
  const auto limit = RootLimit::parse({target, static_cast<std::size_t>(size)});
  // A root that had one must not go on without.
  if (!limit) throw Error(GANTRY_INTERNAL, "cannot be read: " + record_of(root));
  return limit;
}

void limit_root(const std::string& root, std::uint64_t bytes) {
  require_quotas(root);
  enter_project(root, {quota::find_free_project(root), bytes});
}

void keep_root_limit(const std::string& root) {
  const auto limit = find_root_limit(root);
  if (!limit) return;
  require_quotas(root);
  if (is_in(root, limit->project)) return quota::limit_project(root, limit->project, limit->bytes);
  release_own(root, limit->project);  // while it is on record
  enter_project(root, {quota::find_free_project(root), limit->bytes});
}

RoomToMount::RoomToMount(std::string root) : root_(std::move(root)) {
  keep_root_limit(root_);
  const auto limit = find_root_limit(root_);
  lifted_ = limit.has_value();
  if (lifted_) quota::limit_project(root_, limit->project, 0);
}

void RoomToMount::end() {
  if (!lifted_) return;
  lifted_ = false;
  keep_root_limit(root_);
}

RoomToMount::~RoomToMount() {
  try {
    end();
  } catch (const Error&) {
    // Nothing runs on it, and before something does this is done again.
  }
}

void disown_root_project(const std::string& root) {
  if (const auto limit = find_root_limit(root)) write_record(root, {0, limit->bytes});
}

bool owns_root_project(const std::string& root, std::uint32_t project) {
  return quota::project_of(root + kWork) == project || !quota::has_files(root, project);
}

void release_root_limit(const std::string& root) noexcept {
  try {
    if (const auto limit = find_root_limit(root)) release_own(root, limit->project);
  } catch (const Error&) {
    // The root goes all the same.
  }
}

}  // namespace gantry::oci

// Project quotas of a filesystem (quota_<os>.cpp): what limits the size of a directory, on ext4 and
// XFS mounted with prjquota. A project is a number that files carry; new ones take their
// directory's. The number a file carries is its owner's to change, so whoever needs to know a
// directory's project keeps it elsewhere. Any thread. Throws gantry::sdk::Error; one who asked
// is_enforced() before has words of his own for a filesystem without.
#pragma once

#include <cstdint>
#include <string>

namespace quota {

/// Project quotas are in force on the filesystem of `directory`.
bool is_enforced(const std::string& directory);

/// One that nothing on the filesystem of `directory` uses.
std::uint32_t find_free_project(const std::string& directory);

/// The most bytes that all files of the project may take, rounded up to 512.
void limit_project(const std::string& directory, std::uint32_t project, std::uint64_t bytes);

/// The project that a directory gives to what is made in it; 0: none.
std::uint32_t project_of(const std::string& directory);

/// Whether any file on the filesystem of `directory` counts for the project.
bool has_files(const std::string& directory, std::uint32_t project);

/// Puts everything below the directory, and then itself, into the project: project_of() says
/// whether that came to its end. Links are not followed, nor mounts entered; others may be at work
/// there.
void join_project(const std::string& directory, std::uint32_t project);

/// Takes the limit off, as far as that can be done: also where quotas are not in force now.
void release_project(const std::string& directory, std::uint32_t project) noexcept;

}  // namespace quota

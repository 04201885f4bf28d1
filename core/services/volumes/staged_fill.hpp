// Fills a directory all or nothing, and beside others that may write to it: the content is made in
// a hidden directory inside it, and its entries are moved up when it is complete.
//
//   <directory>/<staging>.part   being made: thrown away after a crash
//   <directory>/<staging>        complete: its entries are moved up, also after a crash
//
// Blocking; one caller per directory. Throws Error.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace gantry::services {

/// True when nothing at all is in it.
bool is_empty_directory(const std::filesystem::path& directory);

/// `make` fills the directory whose path it gets, and gives it the attributes that `directory`
/// shall have. When it throws nothing is left.
void fill_staged(const std::filesystem::path& directory, const std::string& staging,
                 const std::function<void(const std::string& path)>& make);

/// Ends what a crash interrupted, one way or the other; nothing to end is fine.
void finish_staged(const std::filesystem::path& directory, const std::string& staging);

}  // namespace gantry::services

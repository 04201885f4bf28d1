#include "core/domain/tmpfs_options.hpp"

#include <algorithm>
#include <array>

namespace gantry::domain {
namespace {

using Word = std::string_view;
constexpr std::array kFlags = {Word("defaults"),      Word("ro"),         Word("rw"),
                               Word("suid"),          Word("nosuid"),     Word("dev"),
                               Word("nodev"),         Word("exec"),       Word("noexec"),
                               Word("sync"),          Word("async"),      Word("dirsync"),
                               Word("mand"),          Word("nomand"),     Word("atime"),
                               Word("noatime"),       Word("diratime"),   Word("nodiratime"),
                               Word("relatime"),      Word("norelatime"), Word("strictatime"),
                               Word("nostrictatime"), Word("private"),    Word("rprivate"),
                               Word("shared"),        Word("rshared"),    Word("slave"),
                               Word("rslave"),        Word("unbindable"), Word("runbindable"),
                               Word("inode32"),       Word("inode64"),    Word("noswap")};
constexpr std::array kKeys = {Word("size"), Word("nr_blocks"), Word("nr_inodes"), Word("mode"),
                              Word("uid"),  Word("gid"),       Word("mpol"),      Word("huge")};

bool has(const auto& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

bool is_tmpfs_option(std::string_view option) {
  if (option.find(',') != std::string_view::npos) return false;  // more than one
  const std::size_t equals = option.find('=');
  if (equals == std::string_view::npos) return has(kFlags, option);
  return has(kKeys, option.substr(0, equals)) && equals + 1 < option.size();
}

}  // namespace gantry::domain

// The beginning of a here-document: <<EOF, <<-EOF, 3<<"EOF". It is a word of its own.
// Pure, any thread. No errors.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gantry::build {

struct HeredocMark {
  std::string name;
  bool strip_tabs = false;  // <<-: tabs in front of its lines do not count
  bool expand = true;       // false: the name is quoted
};

/// `word` as raw_words() gives it; nullopt: it begins none.
std::optional<HeredocMark> find_heredoc(std::string_view word);

}  // namespace gantry::build

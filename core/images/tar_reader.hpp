// A tar read entry by entry from a function that gives piece after piece: plain, gzip, bzip2, xz or
// zstd. Hostile input is expected. Belongs to the thread that made it (its locale is set
// meanwhile). Errors: Error{invalid}; what the function throws comes out of the calls here.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/locale_scope.hpp"

namespace gantry::images {

class TarReader {
 public:
  /// Gives the next piece, valid until the next call; an empty one at the end.
  using Source = std::function<std::string_view()>;
  enum class Holes { refuse, fill };

  /// `what` names the archive in errors: "invalid archive: …".
  TarReader(Source source, std::string what, Holes holes);

  /// The next entry, valid until the next call; null at the end.
  archive_entry* next();
  /// The entry's name as bytes.
  std::string name(archive_entry* entry) const;
  /// The next piece of the entry's data, empty at its end; holes are zeros, at most 1 GiB in an
  /// archive. An entry that is cut short is an error.
  std::string_view data(archive_entry* entry);

  [[noreturn]] void refuse(const std::string& why) const;

 private:
  struct FreeArchive {
    void operator()(archive* a) const { ::archive_read_free(a); }
  };
  static la_ssize_t pull(archive* a, void* self, const void** data);
  void check(int status);
  std::string_view zeros(std::int64_t size);

  const Source source_;
  const std::string what_;
  const Holes holes_;
  const LocaleScope locale_ = LocaleScope::bytes();
  std::exception_ptr thrown_;
  std::int64_t position_ = 0;  // in the entry's data
  std::int64_t pending_at_ = 0;
  std::string_view pending_;  // behind a hole
  std::string zeros_;
  std::int64_t holes_left_;
  std::unique_ptr<archive, FreeArchive> reader_{::archive_read_new()};
};

}  // namespace gantry::images

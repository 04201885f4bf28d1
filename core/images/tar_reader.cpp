#include "core/images/tar_reader.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/base/error.hpp"

namespace gantry::images {
namespace {

constexpr std::int64_t kZeros = 64 << 10;
// A few bytes can declare any number of zeros, and somebody has to write them.
constexpr std::int64_t kMaxHoles = 1 << 30;

}  // namespace

TarReader::TarReader(Source source, std::string what, Holes holes)
    : source_(std::move(source)), what_(std::move(what)), holes_(holes), holes_left_(kMaxHoles) {
  archive* a = reader_.get();
  if (a == nullptr) throw Error(Errc::exhausted, "out of memory");
  ::archive_read_support_filter_gzip(a);
  ::archive_read_support_filter_zstd(a);
  ::archive_read_support_filter_bzip2(a);
  ::archive_read_support_filter_xz(a);
  ::archive_read_support_format_tar(a);
  ::archive_read_support_format_empty(a);
  check(::archive_read_open(a, this, nullptr, &TarReader::pull, nullptr));
  // The last "filter" is the source itself.
  if (::archive_filter_count(a) > 2) refuse("it is compressed more than once");
}

archive_entry* TarReader::next() {
  archive_entry* entry = nullptr;
  const int status = ::archive_read_next_header(reader_.get(), &entry);
  position_ = 0;
  pending_ = {};
  if (status == ARCHIVE_EOF) return nullptr;
  check(status);
  return entry;
}

std::string TarReader::name(archive_entry* entry) const {
  const char* name = ::archive_entry_pathname(entry);
  if (name == nullptr) refuse("entry without a name");
  return name;
}

std::string_view TarReader::zeros(std::int64_t size) {
  if (holes_ == Holes::refuse) refuse("sparse files are not supported");
  if (size > holes_left_) refuse("holes of sparse files are larger than 1 GiB");
  zeros_.resize(static_cast<std::size_t>(kZeros), '\0');
  const std::int64_t piece = std::min(kZeros, size);
  position_ += piece;
  holes_left_ -= piece;
  return {zeros_.data(), static_cast<std::size_t>(piece)};
}

std::string_view TarReader::data(archive_entry* entry) {
  while (pending_.empty()) {
    const void* data = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    const int status = ::archive_read_data_block(reader_.get(), &data, &size, &offset);
    if (status == ARCHIVE_EOF) {
      const std::int64_t missing = ::archive_entry_size(entry) - position_;
      if (missing <= 0) return {};
      // A file may end in a hole; libarchive tells of archives that are cut short itself.
      return zeros(missing);
    }
    check(status);
    if (offset < position_) refuse("overlapping parts of a sparse file");
    pending_ = {static_cast<const char*>(data), size};
    pending_at_ = offset;
  }
  if (pending_at_ > position_) return zeros(pending_at_ - position_);
  position_ += static_cast<std::int64_t>(pending_.size());
  return std::exchange(pending_, {});
}

void TarReader::refuse(const std::string& why) const {
  throw Error(Errc::invalid, "invalid " + what_ + ": " + why);
}

// ARCHIVE_WARN is about names that are not in the locale's charset: we take the bytes.
void TarReader::check(int status) {
  if (status >= ARCHIVE_WARN) return;
  if (thrown_) std::rethrow_exception(thrown_);
  const char* text = ::archive_error_string(reader_.get());
  refuse(text != nullptr ? text : "not a tar archive");
}

// No exception may cross libarchive: kept for check().
la_ssize_t TarReader::pull(archive* a, void* self, const void** data) {
  auto* reader = static_cast<TarReader*>(self);
  try {
    const std::string_view piece = reader->source_();
    *data = piece.data();
    return static_cast<la_ssize_t>(piece.size());
  } catch (...) {
    reader->thrown_ = std::current_exception();
    ::archive_set_error(a, EIO, "source failed");
    return -1;
  }
}

}  // namespace gantry::images

#include "core/images/plain_layer.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>

#include <cerrno>
#include <exception>

#include "core/base/error.hpp"

namespace gantry::images {
namespace {

constexpr std::size_t kReadBlock = 128u << 10;

struct FreeArchive {
  void operator()(archive* a) const { archive_read_free(a); }
};

}  // namespace

struct PlainLayer::Impl {
  std::unique_ptr<archive, FreeArchive> reader{archive_read_new()};
  std::function<std::string_view()> source;
  std::exception_ptr thrown;  // by the source, inside libarchive's callback
  bool ended = false;

  Impl() {
    if (!reader) throw Error(Errc::exhausted, "out of memory");
    // Named one by one: "all" would include filters that run other programs.
    archive_read_support_filter_gzip(reader.get());
    archive_read_support_filter_zstd(reader.get());
    archive_read_support_filter_bzip2(reader.get());
    archive_read_support_filter_xz(reader.get());
    archive_read_support_format_raw(reader.get());
    archive_read_support_format_empty(reader.get());
  }

  [[noreturn]] void fail() {
    if (thrown) std::rethrow_exception(thrown);
    const char* text = archive_error_string(reader.get());
    throw Error(Errc::invalid,
                std::string("invalid layer data: ") + (text ? text : "unknown format"));
  }

  void read_header() {
    archive_entry* entry = nullptr;
    const int status = archive_read_next_header(reader.get(), &entry);
    if (status == ARCHIVE_EOF)
      ended = true;
    else if (status < ARCHIVE_WARN)
      fail();
  }

  static la_ssize_t pull(archive* a, void* self, const void** data) {
    auto* impl = static_cast<Impl*>(self);
    try {
      const std::string_view piece = impl->source();
      *data = piece.data();
      return static_cast<la_ssize_t>(piece.size());
    } catch (...) {
      impl->thrown = std::current_exception();
      archive_set_error(a, EIO, "source failed");
      return -1;
    }
  }
};

PlainLayer::PlainLayer(int fd) : impl_(std::make_unique<Impl>()) {
  if (archive_read_open_fd(impl_->reader.get(), fd, kReadBlock) != ARCHIVE_OK) impl_->fail();
  impl_->read_header();
}

PlainLayer::PlainLayer(std::function<std::string_view()> source) : impl_(std::make_unique<Impl>()) {
  impl_->source = std::move(source);
  if (archive_read_open(impl_->reader.get(), impl_.get(), nullptr, &Impl::pull, nullptr) !=
      ARCHIVE_OK)
    impl_->fail();
  impl_->read_header();
}

PlainLayer::~PlainLayer() = default;

std::string_view PlainLayer::next() {
  if (impl_->ended) return {};
  const void* data = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  do {
    const int status = archive_read_data_block(impl_->reader.get(), &data, &size, &offset);
    if (status == ARCHIVE_EOF) {
      impl_->ended = true;
      return {};
    }
    if (status < ARCHIVE_WARN) impl_->fail();
  } while (size == 0);
  return {static_cast<const char*>(data), size};
}

std::uint64_t PlainLayer::consumed() const {
  const la_int64_t bytes = archive_filter_bytes(impl_->reader.get(), -1);
  return bytes < 0 ? 0 : static_cast<std::uint64_t>(bytes);
}

Wrapping detect_wrapping(std::string_view head) {
  if (head.starts_with("\x1f\x8b")) return Wrapping::gzip;
  if (head.starts_with("\x28\xb5\x2f\xfd")) return Wrapping::zstd;
  if (head.starts_with("BZh")) return Wrapping::bzip2;
  if (head.starts_with(std::string_view("\xfd"
                                        "7zXZ\0",
                                        6)))
    return Wrapping::xz;
  return Wrapping::plain;
}

Wrapping detect_wrapping(int fd) {
  char head[6];
  const ssize_t n = ::pread(fd, head, sizeof head, 0);
  return detect_wrapping(std::string_view(head, n > 0 ? static_cast<std::size_t>(n) : 0));
}

}  // namespace gantry::images

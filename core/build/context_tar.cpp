#include "core/build/context_tar.hpp"

#include "core/build/source_entry.hpp"
#include "core/build/source_tree.hpp"
#include "core/images/plain_layer.hpp"

namespace gantry::build {
namespace {

/// Gives a tar to its last whole block: Docker's CLI leaves out what fills up the last file's, when
/// it has put a Dockerfile of elsewhere into the context.
class WholeBlocks {
 public:
  explicit WholeBlocks(const images::TarReader::Source& source) : plain_(source) {}
  std::string_view operator()() {
    const std::string_view piece = plain_.next();
    size_ += piece.size();
    if (!piece.empty()) return piece;
    const std::size_t missing = rest_of_block(size_);
    size_ += missing;
    filled_ += missing;
    return {zeros_.data(), missing};
  }
  /// How much was filled up. Behind a file of another size than this leaves room for, it is a part
  /// of the file that is missing.
  std::size_t filled() const { return filled_; }
  static std::size_t rest_of_block(std::uint64_t size) {
    return static_cast<std::size_t>((kTarBlock - size % kTarBlock) % kTarBlock);
  }

 private:
  static constexpr std::size_t kTarBlock = 512;
  images::PlainLayer plain_;
  std::uint64_t size_ = 0;
  std::size_t filled_ = 0;
  const std::string zeros_ = std::string(kTarBlock, '\0');
};

}  // namespace

void each_context_entry(
    const images::TarReader::Source& source,
    const std::function<void(images::TarReader&, archive_entry*, const std::string&)>& visit) {
  WholeBlocks blocks(source);
  images::TarReader tar(std::ref(blocks), "build context", images::TarReader::Holes::fill);
  std::size_t room = 0;  // behind the last file
  while (archive_entry* entry = tar.next()) {
    room = WholeBlocks::rest_of_block(static_cast<std::uint64_t>(::archive_entry_size(entry)));
    const std::string path = source_below_root(tar.name(entry));
    if (path.size() >= kMaxPath) tar.refuse("a name is too long");
    visit(tar, entry, path);
  }
  if (blocks.filled() > room) tar.refuse("it breaks off");
  while (!source().empty()) {
    // To its end: who sends it may give up the rest once it has an answer, and the answer with it.
  }
}

}  // namespace gantry::build

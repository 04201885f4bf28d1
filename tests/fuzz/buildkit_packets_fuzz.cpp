// Packets of a client that tells of its files and sends their contents: each a byte with its length
// in front. Refused with Error{invalid}, or files whose paths stay inside of the tree; what is
// asked for is what was told of, each once.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/buildkit/file_sync.hpp"
#include "core/buildkit/proto/session.pb.h"
#include "core/buildkit/proto_text.hpp"
#include "tests/fuzz/check.hpp"
#include "tests/unit/buildkit/packet_call.hpp"

using namespace gantry;
using buildkit::proto::FilePacket;

namespace {

// In memory where that can be had: every input makes files.
struct Scratch {
  std::filesystem::path path;
  Scratch() {
    buildkit::silence_protobuf();
    char in_memory[] = "/dev/shm/gfXXXXXX", on_disk[] = "/tmp/gfXXXXXX";
    const char* made = ::mkdtemp(in_memory);
    if (made == nullptr) made = ::mkdtemp(on_disk);
    FUZZ_CHECK(made != nullptr);
    path = made;
  }
  ~Scratch() { file::remove_tree(path); }
};

std::vector<std::string> packets_of(std::string_view input) {
  std::vector<std::string> packets;
  while (!input.empty()) {
    const std::size_t size = static_cast<unsigned char>(input.front());
    packets.emplace_back(input.substr(1, size));
    input.remove_prefix(std::min(input.size(), size + 1));
  }
  return packets;
}

/// Files with a content of their own, by their numbers.
std::set<std::uint32_t> files_of(const std::vector<std::string>& packets) {
  constexpr std::uint32_t kOtherKinds = 0x8f280000;  // Go's os.ModeType
  std::set<std::uint32_t> files;
  std::uint32_t id = 0;
  for (const std::string& text : packets) {
    FilePacket packet;
    if (!packet.ParseFromString(text)) break;
    if (packet.type() != FilePacket::STAT || !packet.has_stat()) continue;
    if ((packet.stat().mode() & kOtherKinds & ~(1u << 19)) == 0) files.insert(id);
    ++id;
  }
  return files;
}

void check_sent(const std::vector<std::string>& sent, std::set<std::uint32_t> files, bool done) {
  for (std::size_t i = 0; i < sent.size(); ++i) {
    FilePacket packet;
    FUZZ_CHECK(packet.ParseFromString(sent[i]));
    if (packet.type() == FilePacket::FINISH)
      FUZZ_CHECK(i + 1 == sent.size());
    else
      FUZZ_CHECK(packet.type() == FilePacket::REQUEST && files.erase(packet.id()) == 1);
    FUZZ_CHECK(!done || i + 1 < sent.size() || packet.type() == FilePacket::FINISH);
  }
}

void check_tree(const build::SourceTree& tree) {
  tree.each_below("", [&](std::string_view name, const build::SourceFile& file) {
    const std::string path(name);
    FUZZ_CHECK(build::clean_source(path) == path && path.find('\0') == std::string::npos);
    const std::size_t slash = path.rfind('/');
    const auto* parent = tree.find(slash == std::string::npos ? "" : path.substr(0, slash));
    FUZZ_CHECK(parent != nullptr && parent->is_directory());
    FUZZ_CHECK(file.entry.mode <= 07777 && file.entry.link.find('\0') == std::string::npos);
    if (file.entry.kind == images::ArchiveEntry::Kind::file)
      FUZZ_CHECK(tree.text(file, 1u << 20).size() == file.entry.size);
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size) {
  static const Scratch scratch;
  const auto packets = packets_of({reinterpret_cast<const char*>(data), size});
  build::SourceTree tree(scratch.path);
  test::PacketCall call(packets);
  std::uint64_t so_far = 0;
  const auto progress = [&](std::uint64_t bytes) {
    FUZZ_CHECK(bytes > so_far);
    so_far = bytes;
  };
  bool done = false;
  try {
    buildkit::receive_packets(call, tree, progress, {});
    done = true;
  } catch (const Error& e) {
    FUZZ_CHECK(e.code() == Errc::invalid);
  }
  FUZZ_CHECK(call.ended == done);
  check_sent(call.sent, files_of(packets), done);
  check_tree(tree);
  return 0;
}

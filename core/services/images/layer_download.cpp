#include "core/services/images/layer_download.hpp"

#include <algorithm>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/services/images/transfer_retry.hpp"

namespace gantry::services {
namespace {

using images::short_id;

constexpr std::size_t kDownloadBuffer = 128u << 10;
// A mirror is not worth waiting for: what it has begun the registry goes on with.
constexpr unsigned kMirrorTries = 2;
// A try that got this much further was not in vain: counting starts again.
constexpr std::uint64_t kProgressBytes = 1u << 20;

}  // namespace

void LayerDownload::fetch(images::IncomingBlob& incoming, const images::Descriptor& blob,
                          std::uint64_t& reached) {
  const std::string id = short_id(blob.digest);
  if (incoming.size() > blob.size) incoming.restart();
  if (incoming.size() < blob.size) {
    const std::uint64_t start = client_.open_blob(blob.digest, incoming.size(), reference_);
    // A blob of another size will not become the wanted one by trying again.
    if (client_.announced_size() && *client_.announced_size() != blob.size)
      throw Error(Errc::invalid, "filesystem layer verification failed for digest " + blob.digest);
    if (start != incoming.size()) incoming.restart();
    std::vector<char> buffer(kDownloadBuffer);
    while (const std::size_t n = client_.read(buffer.data(), buffer.size())) {
      if (incoming.size() + n > blob.size)
        throw Error(Errc::invalid,
                    "filesystem layer verification failed for digest " + blob.digest);
      incoming.append(buffer.data(), n);
      reached = std::max(reached, incoming.size());
      board_.amount(id, "Downloading", incoming.size(), blob.size);
    }
    if (incoming.size() < blob.size) throw Error(Errc::unavailable, "unexpected EOF");
  }
  board_.step(id, "Verifying Checksum");
  incoming.commit(blob.digest, "filesystem layer");
  board_.step(id, "Download complete");
}

void LayerDownload::try_once(const images::Descriptor& blob, std::uint64_t& reached) {
  const auto lease = leases_.take(blob.digest, session_.stop());
  if (blobs_.has(blob.digest, blob.size)) {  // another pull was faster
    board_.step(short_id(blob.digest), "Download complete");
    return;
  }
  images::IncomingBlob incoming = blobs_.resume(blob.digest);
  const bool resumed = incoming.size() > 0;
  try {
    try {
      fetch(incoming, blob, reached);
    } catch (const Error& e) {
      if (e.code() != Errc::invalid || !resumed) throw;
      // What an earlier try left may have been the wrong part: once more from its beginning.
      incoming.restart();
      fetch(incoming, blob, reached);
    }
  } catch (const Error& e) {
    if (worth_another_try(e) || e.code() == Errc::cancelled) incoming.keep();
    if (e.code() == Errc::invalid) throw Error(Errc::internal, e.what());
    throw;
  }
}

void LayerDownload::run(const images::Descriptor& blob) {
  const unsigned tries = session_.options().tries;
  const unsigned limit = session_.is_mirror() ? std::min(tries, kMirrorTries) : tries;
  std::uint64_t reached = 0;
  for (unsigned failures = 0;;) {
    const std::uint64_t before = reached;
    try {
      return try_once(blob, reached);
    } catch (const Error& e) {
      // Only what went beyond all earlier tries counts: a registry without ranges that always
      // breaks off at the same place must not keep us for ever.
      if (reached >= before + kProgressBytes) failures = 0;
      if (!worth_another_try(e) || ++failures >= limit) throw;
      log::info("download of " + blob.digest + " broke off: " + e.what());
    }
    wait_for_retry(session_, board_, short_id(blob.digest), failures);
  }
}

}  // namespace gantry::services

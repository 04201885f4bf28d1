#include "core/services/images/image_import.hpp"

#include "core/base/error.hpp"
#include "core/build/config_instruction.hpp"
#include "core/images/plain_layer.hpp"
#include "core/images/progress.hpp"
#include "core/images/registry_download.hpp"
#include "core/services/images/image_events.hpp"

namespace gantry::services {

namespace {

constexpr std::size_t kImportBuffer = 128u << 10;

images::ImageConfig make_config(const ImageImport::Request& request) {
  images::ImageConfig config;
  config.platform = request.platform.value_or(images::host_platform());
  if (config.platform.os != images::host_platform().os)
    throw Error(Errc::invalid, "operating system is not supported");
  config.created = now_nanos();
  config.comment = request.comment.empty() ? "Imported from " + request.source : request.comment;
  build::apply_changes(request.changes, config.defaults);
  images::HistoryEntry entry;
  entry.created = config.created;
  entry.comment = config.comment;
  config.history.push_back(std::move(entry));
  return config;
}

// Layers are kept as plain tars.
void unwrap(images::PlainLayer& plain, images::IncomingBlob& into) {
  for (std::string_view piece = plain.next(); !piece.empty(); piece = plain.next())
    into.append(piece.data(), piece.size());
}

}  // namespace

images::IncomingBlob ImageImport::receive(const Body& body) {
  images::IncomingBlob layer = blobs_.begin();
  images::PlainLayer plain(body);
  unwrap(plain, layer);
  return layer;
}

images::IncomingBlob ImageImport::fetch(const std::string& url, ProgressBoard& board,
                                        const std::stop_token& stop) {
  images::UrlDownload download(url, options_, stop);
  board.line(images::status_line("Downloading from " + url));  // until here errors have a status
  images::IncomingBlob layer = blobs_.begin();
  std::vector<char> buffer(kImportBuffer);
  std::uint64_t received = 0;
  images::PlainLayer plain([&] {
    const std::size_t n = download.read(buffer.data(), buffer.size());
    received += n;
    board.amount({}, "Importing", received, download.length().value_or(0));
    return std::string_view(buffer.data(), n);
  });
  unwrap(plain, layer);
  return layer;
}

std::string ImageImport::install(const Request& request, images::IncomingBlob layer,
                                 images::ImageConfig config, const std::stop_token& stop) {
  ImageAssembly::Request image;
  image.config = std::move(config);
  image.layer.emplace(RootLayer{std::move(layer), {}});
  image.name = request.name;
  const images::PinnedImage made = assembly_.run(std::move(image), stop);
  publish_image_event(events_, "import", made->id, made->id, made.image.get());
  return made->id;
}

void ImageImport::run(const Request& request, const Body& body, const ProgressOutput& output) {
  images::ImageConfig config = make_config(request);
  std::optional<images::IncomingBlob> layer;
  if (request.source == "-") layer.emplace(receive(body));
  run_with_progress(output, [&](ProgressBoard& board, const std::stop_token& stop) {
    if (!layer) layer.emplace(fetch(request.source, board, stop));
    const std::string id = install(request, std::move(*layer), std::move(config), stop);
    board.line(images::status_line(id));
  });
}

}  // namespace gantry::services

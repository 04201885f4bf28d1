#include "core/images/tar_filter.hpp"

#include "core/images/archive_writer.hpp"

namespace gantry::images {

std::string plain_name(std::string_view name) {
  while (name.starts_with("./") || name.starts_with('/'))
    name.remove_prefix(name[0] == '/' ? 1 : 2);
  while (name.ends_with('/')) name.remove_suffix(1);
  return std::string(name);
}

void each_name(const TarReader::Source& tar, const std::function<void(const std::string&)>& visit) {
  TarReader reader(tar, "layer", TarReader::Holes::fill);
  while (archive_entry* entry = reader.next()) visit(plain_name(reader.name(entry)));
}

void filter_tar(const TarReader::Source& tar, const std::set<std::string>& dropped,
                const std::function<void(std::string_view)>& sink) {
  TarReader reader(tar, "layer", TarReader::Holes::fill);
  ArchiveWriter writer(sink);
  while (archive_entry* entry = reader.next()) {
    if (dropped.contains(plain_name(reader.name(entry)))) continue;
    writer.copy(entry, [&] { return reader.data(entry); });
  }
  writer.finish();
}

}  // namespace gantry::images

// Wire form of images (behaviours.md 9.1, 9.2, 9.8). Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "core/json/writer.hpp"
#include "core/services/images/image_delete.hpp"
#include "core/services/images/image_inspect.hpp"
#include "core/services/images/image_list.hpp"
#include "core/services/images/image_search.hpp"
#include "core/services/images/registry_inspect.hpp"

namespace gantry::api {

/// `counts_containers`: else their number is said to be unknown.
void write_image_summary(json::Writer& w, const services::ListedImage& item, int api_minor,
                         bool counts_containers);
void write_image_inspect(json::Writer& w, const services::InspectedImage& inspected,
                         const std::string& storage_driver, int api_minor);
void write_image_history(json::Writer& w, const std::vector<services::HistoryLine>& lines);
/// [{"Untagged":…},{"Deleted":…}]
void write_deleted_images(json::Writer& w, const std::vector<services::DeletedImage>& lines);

/// The answer of /distribution/…/json.
void write_registry_image(json::Writer& w, const services::RegistryImage& image);

void write_found_images(json::Writer& w, const std::vector<services::FoundImage>& found);

}  // namespace gantry::api

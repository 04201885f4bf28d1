#include "core/services/images/image_search.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/images/registry_download.hpp"
#include "core/json/reader.hpp"

namespace gantry::services {
namespace {

constexpr std::int64_t kDefaultLimit = 25, kMaxLimit = 100;
constexpr std::size_t kMaxAnswer = 4u << 20;

struct Place {
  std::string host, term;
};

Place place_of(const std::string& term) {
  const std::string index = "index.docker.io";
  const size_t slash = term.find('/');
  const std::string first = term.substr(0, slash);
  const bool is_host = slash != std::string::npos &&
                       (first.find_first_of(".:") != std::string::npos || first == "localhost");
  if (is_host && first != "docker.io" && first != index) return {first, term.substr(slash + 1)};
  const std::string rest = is_host ? term.substr(slash + 1) : term;
  return {index, rest.starts_with("library/") ? rest.substr(8) : rest};
}

std::string url_of(const Place& place, std::int64_t limit, const images::RegistryOptions& options) {
  const std::string path =
      "/v1/search?q=" + images::encode_query_value(place.term) + "&n=" + std::to_string(limit);
  const std::string secure = "https://" + place.host + path;
  return options.is_insecure(images::parse_url(secure).origin) ? "http://" + place.host + path
                                                               : secure;
}

std::string fetch(const std::string& url, const ImageSearch::Request& request,
                  const images::RegistryOptions& options, const std::stop_token& stop) {
  const std::string login =
      request.auth.has_login() ? request.auth.username + ":" + request.auth.password : "";
  images::UrlDownload download(url, options, stop, login);
  std::string text;
  char buffer[16384];
  while (const std::size_t n = download.read(buffer, sizeof buffer)) {
    text.append(buffer, n);
    if (text.size() > kMaxAnswer)
      throw Error(Errc::invalid, "the answer of " + url + " is too long");
  }
  return text;
}

std::int64_t least_stars(const domain::FilterArgs& filters) {
  std::int64_t least = 0;
  for (const std::string& value : filters.get("stars")) {
    const auto stars = text::to_int(value);
    if (!stars) throw Error(Errc::invalid, "invalid filter 'stars=[" + value + "]'");
    least = std::max(least, *stars);
  }
  return least;
}

}  // namespace

std::vector<FoundImage> ImageSearch::run(const Request& request,
                                         const std::stop_token& stop) const {
  request.filters.allow({"is-automated", "is-official", "stars"});
  const std::int64_t limit = request.limit == 0 ? kDefaultLimit : request.limit;
  if (limit < 1 || limit > kMaxLimit)
    throw Error(Errc::invalid,
                "limit " + std::to_string(limit) + " is outside the range of [1, 100]");
  const bool only_official = request.filters.boolean("is-official", false);
  const bool no_official = request.filters.has("is-official") && !only_official;
  const std::int64_t stars = least_stars(request.filters);
  // No image is built by the index any more.
  if (request.filters.boolean("is-automated", false)) return {};
  const Place place = place_of(request.term);
  if (place.term.empty()) throw Error(Errc::invalid, "search term is empty");

  const json::Document document =
      json::Document::parse(fetch(url_of(place, limit, options_), request, options_, stop),
                            {.bytes = kMaxAnswer, .depth = 8});
  std::vector<FoundImage> found;
  document.root()["results"].each_item([&](json::Node item) {
    FoundImage image{item["name"].str(), item["description"].str(), item["star_count"].i64(),
                     item["is_official"].boolean()};
    if (image.stars < stars || (only_official && !image.official) ||
        (no_official && image.official))
      return;
    found.push_back(std::move(image));
  });
  return found;
}

}  // namespace gantry::services

#include "core/http/router.hpp"

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/http/percent.hpp"

namespace gantry::http {
namespace {

struct Segment {
  enum class Kind { literal, one, rest } kind;
  std::string text;  // the literal, or the parameter's name
};

struct Route {
  std::string method;
  std::vector<Segment> segments;
  size_t literals = 0;
  Handler handler;
};

using Parts = std::vector<std::string_view>;

Segment parse_segment(const std::string& part) {
  if (part.size() < 3 || part.front() != '{' || part.back() != '}')
    return {Segment::Kind::literal, part};
  const std::string name = part.substr(1, part.size() - 2);
  if (name.ends_with("...")) return {Segment::Kind::rest, name.substr(0, name.size() - 3)};
  return {Segment::Kind::one, name};
}

/// Segments behind the leading slash, empty ones included.
void split(std::string_view path, Parts& parts) {
  path.remove_prefix(1);
  for (;;) {
    const size_t slash = path.find('/');
    parts.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return;
    path.remove_prefix(slash + 1);
  }
}

bool fits(const Segment& segment, std::string_view part) {
  return segment.kind == Segment::Kind::literal ? part == segment.text : !part.empty();
}

/// Index of the first part of the greedy segment and how many it takes; 0 parts when there is none.
struct Greedy {
  size_t index = 0;
  size_t count = 0;
};

/// Whether `parts` fit; a greedy segment takes what the fixed ones around it leave, one part at
/// least.
bool fits(const Route& route, const Parts& parts, Greedy& greedy) {
  const auto& segments = route.segments;
  const auto rest = std::find_if(segments.begin(), segments.end(),
                                 [](const Segment& s) { return s.kind == Segment::Kind::rest; });
  if (rest == segments.end() ? parts.size() != segments.size() : parts.size() < segments.size())
    return false;
  const auto before = static_cast<size_t>(rest - segments.begin());
  for (size_t i = 0; i < before; ++i)
    if (!fits(segments[i], parts[i])) return false;
  if (rest == segments.end()) return true;
  const size_t after = segments.size() - before - 1;
  greedy = {before, parts.size() - before - after};
  for (size_t i = 0; i < after; ++i)
    if (!fits(segments[before + 1 + i], parts[parts.size() - after + i])) return false;
  return !(greedy.count == 1 && parts[before].empty());
}

/// From the first of the parts to the end of the last, slashes between them included.
std::string_view span(const Parts& parts, const Greedy& greedy) {
  const std::string_view first = parts[greedy.index];
  const std::string_view last = parts[greedy.index + greedy.count - 1];
  return {first.data(), static_cast<size_t>(last.data() + last.size() - first.data())};
}

std::string parameter(const std::string& name, std::string_view encoded) {
  std::string value = percent_decode(encoded);
  if (value.find('\0') != std::string::npos)
    throw Error(Errc::invalid, name + " in the path: must not contain a NUL");
  return value;
}

struct ViewHash {
  using is_transparent = void;
  size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
};

}  // namespace

struct Router::Impl {
  /// Paths without parameters, found by one lookup; the rest in order of decreasing precision, by
  /// their first segment.
  std::unordered_map<std::string, std::vector<Route>, ViewHash, std::equal_to<>> fixed;
  std::unordered_map<std::string, std::vector<Route>, ViewHash, std::equal_to<>> patterns;
};

Router::Router() : impl_(std::make_unique<Impl>()) {}
Router::~Router() = default;

void Router::add(std::string_view method, std::string_view pattern, Handler handler) {
  if (!pattern.starts_with('/'))
    throw Error(Errc::internal, "route without a leading slash: " + std::string(pattern));
  Route route{std::string(method), {}, 0, std::move(handler)};
  size_t greedy = 0;
  for (const std::string& part : text::split(pattern.substr(1), '/')) {
    route.segments.push_back(parse_segment(part));
    if (route.segments.back().kind == Segment::Kind::literal) ++route.literals;
    if (route.segments.back().kind == Segment::Kind::rest) ++greedy;
  }
  if (greedy > 1)
    throw Error(Errc::internal, "route with two greedy parameters: " + std::string(pattern));
  if (route.literals == route.segments.size()) {
    impl_->fixed[std::string(pattern)].push_back(std::move(route));
    return;
  }
  if (route.segments.front().kind != Segment::Kind::literal)
    throw Error(Errc::internal, "route that begins with a parameter: " + std::string(pattern));
  auto& bucket = impl_->patterns[route.segments.front().text];
  const auto precision = [](const Route& r) {
    const bool has_rest = std::any_of(r.segments.begin(), r.segments.end(), [](const Segment& s) {
      return s.kind == Segment::Kind::rest;
    });
    return std::pair(r.literals, !has_rest);
  };
  const auto at = std::find_if(bucket.begin(), bucket.end(), [&](const Route& other) {
    return precision(other) < precision(route);
  });
  bucket.insert(at, std::move(route));
}

Match Router::find(std::string_view method, std::string_view path) const {
  Match match;
  if (const auto it = impl_->fixed.find(path); it != impl_->fixed.end())
    for (const Route& route : it->second)
      if (route.method == method) {
        match.handler = &route.handler;
        return match;
      }
  if (!path.starts_with('/')) return match;
  Parts parts;
  split(path, parts);
  const auto bucket = impl_->patterns.find(parts.front());
  if (bucket == impl_->patterns.end()) return match;
  for (const Route& route : bucket->second) {
    Greedy greedy;
    if (route.method != method || !fits(route, parts, greedy)) continue;
    match.handler = &route.handler;
    for (size_t i = 0, part = 0; i < route.segments.size(); ++i, ++part) {
      const Segment& segment = route.segments[i];
      if (segment.kind == Segment::Kind::one) {
        match.params.emplace(segment.text, parameter(segment.text, parts[part]));
      } else if (segment.kind == Segment::Kind::rest) {
        match.params.emplace(segment.text, parameter(segment.text, span(parts, greedy)));
        part += greedy.count - 1;
      }
    }
    return match;
  }
  return match;
}

}  // namespace gantry::http

#include "core/images/reference.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace gantry::images {
namespace {

constexpr size_t kMaxPath = 255;
constexpr size_t kMaxTag = 128;

constexpr const char* kBadFormat = "invalid reference format";

bool is_lower_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_alnum(char c) { return is_lower_alnum(c) || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_host_label(std::string_view label) {
  return !label.empty() && is_alnum(label.front()) && is_alnum(label.back()) &&
         std::all_of(label.begin(), label.end(), [](char c) { return is_alnum(c) || c == '-'; });
}

bool is_domain(std::string_view domain) {
  std::string_view host = domain;
  if (!domain.empty() && domain.front() == '[') {  // an IPv6 address
    const size_t end = domain.find(']');
    if (end == std::string_view::npos || end < 2) return false;
    const std::string_view address = domain.substr(1, end - 1);
    if (address.find_first_not_of("0123456789abcdefABCDEF:") != std::string_view::npos)
      return false;
    host = domain.substr(end + 1);
    if (host.empty()) return true;
    if (host.front() != ':') return false;
  }
  const size_t colon = host.find(':');
  if (colon != std::string_view::npos) {
    const std::string_view port = host.substr(colon + 1);
    if (port.empty() || !std::all_of(port.begin(), port.end(), is_digit)) return false;
    host = host.substr(0, colon);
    if (host.empty()) return domain.front() == '[';
  }
  const auto labels = text::split(host, '.');
  return std::all_of(labels.begin(), labels.end(), [](const auto& l) { return is_host_label(l); });
}

// [a-z0-9]+ runs joined by one of: "." "_" "__" or any number of "-".
bool is_path_component(std::string_view part) {
  size_t i = 0;
  const auto run = [&] {
    const size_t from = i;
    while (i < part.size() && is_lower_alnum(part[i])) ++i;
    return i > from;
  };
  if (!run()) return false;
  while (i < part.size()) {
    const size_t from = i;
    while (i < part.size() && part[i] == part[from] && !is_lower_alnum(part[i])) ++i;
    const size_t length = i - from;
    const char separator = part[from];
    const bool joined = (separator == '-') || (separator == '.' && length == 1) ||
                        (separator == '_' && length <= 2);
    if (!joined || !run()) return false;
  }
  return true;
}

bool is_path(std::string_view path) {
  const auto parts = text::split(path, '/');
  return std::all_of(parts.begin(), parts.end(),
                     [](const auto& p) { return is_path_component(p); });
}

bool is_64_hex(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

struct Split {
  std::string_view domain, rest;
};

// A first component is a registry only when it looks like a host; everything else lives on Docker
// Hub.
Split split_domain(std::string_view name) {
  const size_t slash = name.find('/');
  if (slash != std::string_view::npos) {
    const std::string_view first = name.substr(0, slash);
    const std::string_view rest = name.substr(slash + 1);
    if (first == "index.docker.io") return {kDefaultDomain, rest};
    if (first == "localhost" || first.find_first_of(".:") != std::string_view::npos ||
        text::lower(first) != first)
      return {first, rest};
  }
  return {kDefaultDomain, name};
}

}  // namespace

bool is_digest(std::string_view text) {
  return text.starts_with("sha256:") && is_64_hex(text.substr(7));
}

bool is_tag(std::string_view tag) {
  const auto word = [](char c) { return is_alnum(c) || c == '_'; };
  return !tag.empty() && tag.size() <= kMaxTag && word(tag.front()) &&
         std::all_of(tag.begin(), tag.end(),
                     [&](char c) { return word(c) || c == '.' || c == '-'; });
}

std::string short_id(std::string_view id) {
  const size_t colon = id.find(':');
  if (colon != std::string_view::npos) id.remove_prefix(colon + 1);
  return std::string(id.substr(0, 12));
}

std::string Reference::familiar_name() const {
  if (domain != kDefaultDomain) return name();
  constexpr std::string_view kOfficial = "library/";
  const bool official =
      path.starts_with(kOfficial) && path.find('/', kOfficial.size()) == std::string::npos;
  return official ? path.substr(kOfficial.size()) : path;
}

namespace {
std::string with_version(std::string name, const Reference& reference) {
  if (!reference.tag.empty()) name += ":" + reference.tag;
  if (!reference.digest.empty()) name += "@" + reference.digest;
  return name;
}
}  // namespace

std::string Reference::familiar() const { return with_version(familiar_name(), *this); }
std::string Reference::str() const { return with_version(name(), *this); }

Reference Reference::with_default_tag() const {
  Reference copy = *this;
  if (!has_version()) copy.tag = "latest";
  return copy;
}

Reference parse_reference(std::string_view given) {
  if (is_64_hex(given))
    invalid("invalid repository name (" + std::string(given) +
            "), cannot specify 64-byte hexadecimal strings");
  const auto [domain, rest] = split_domain(given);
  Reference reference;
  reference.domain = domain;

  std::string_view path = rest;
  std::string_view digest, tag;
  bool has_digest = false, has_tag = false;
  if (const size_t at = path.find('@'); at != std::string_view::npos) {
    digest = path.substr(at + 1);
    path = path.substr(0, at);
    has_digest = true;
  }
  if (const size_t colon = path.find(':'); colon != std::string_view::npos) {
    tag = path.substr(colon + 1);
    path = path.substr(0, colon);
    has_tag = true;
  }
  reference.path = path;
  if (reference.domain == kDefaultDomain && reference.path.find('/') == std::string::npos)
    reference.path = "library/" + reference.path;

  if (text::lower(reference.path) != reference.path)
    invalid("invalid reference format: repository name (" + reference.path + ") must be lowercase");
  if (!is_domain(reference.domain) || !is_path(reference.path)) invalid(kBadFormat);
  if (reference.path.size() > kMaxPath)
    invalid("repository name must not be more than 255 characters");
  if (has_tag && !is_tag(tag)) invalid(kBadFormat);
  if (has_digest && !is_digest(digest)) invalid(kBadFormat);
  reference.tag = tag;
  reference.digest = digest;
  return reference;
}

std::optional<Reference> find_reference(std::string_view text) {
  try {
    return parse_reference(text);
  } catch (const Error&) {
    return std::nullopt;
  }
}

AnyReference parse_any_reference(std::string_view text) {
  if (is_64_hex(text)) return {"sha256:" + std::string(text), std::nullopt};
  if (is_digest(text)) return {std::string(text), std::nullopt};
  return {{}, parse_reference(text)};
}

}  // namespace gantry::images

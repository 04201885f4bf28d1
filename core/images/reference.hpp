// Docker's image references: grammar, normalisation and familiar forms ("busybox" is
// "docker.io/library/busybox"). Pure values and functions, any thread. Errors: Error{invalid} with
// the texts clients know ("invalid reference format").
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gantry::images {

inline constexpr std::string_view kDefaultDomain = "docker.io";

/// A normalised repository name with an optional tag and an optional digest.
struct Reference {
  std::string domain;  // "docker.io", "localhost:5000"
  std::string path;    // "library/busybox"
  std::string tag;     // empty: none
  std::string digest;  // "sha256:<64 hex>" or empty

  /// "docker.io/library/busybox": the key of a repository.
  std::string name() const { return domain + "/" + path; }
  /// "busybox", "ghcr.io/a/b": what Docker prints.
  std::string familiar_name() const;
  /// Familiar name with ":tag" and "@digest".
  std::string familiar() const;
  /// Full name with ":tag" and "@digest".
  std::string str() const;
  bool has_version() const { return !tag.empty() || !digest.empty(); }
  /// The same with tag "latest" when it has neither tag nor digest.
  Reference with_default_tag() const;

  bool operator==(const Reference&) const = default;
};

/// Throws Error{invalid} for everything that is not a reference, 64-digit hexadecimal names
/// included.
Reference parse_reference(std::string_view text);
/// Reference or nullopt.
std::optional<Reference> find_reference(std::string_view text);

/// What `docker inspect X` may name: a digest of an image ("sha256:<64 hex>" or 64 hex digits), or
/// a name.
struct AnyReference {
  std::string image_id;           // "sha256:…" when X is one, else empty
  std::optional<Reference> name;  // set when image_id is empty
};
AnyReference parse_any_reference(std::string_view text);

/// True for "sha256:" followed by 64 lower-case hex digits.
bool is_digest(std::string_view text);
/// True for [A-Za-z0-9_][A-Za-z0-9_.-]{0,127}.
bool is_tag(std::string_view text);
/// First 12 digits, without the algorithm: "sha256:0123456789ab…" gives "0123456789ab".
std::string short_id(std::string_view id);

}  // namespace gantry::images

#include "core/build/parser_directives.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/images/reference.hpp"

namespace gantry::build {

// "docker/dockerfile:1" and its like.
void check_syntax(const std::string& image) {
  const images::Reference reference = images::parse_reference(image.substr(0, image.find(' ')));
  if (reference.domain != images::kDefaultDomain ||
      !reference.path.starts_with("docker/dockerfile"))
    throw Error(Errc::unsupported, "syntax: frontends of images (" + image + ") are not supported");
}

std::optional<std::string> check_directive(std::string_view comment) {
  const std::size_t equals = comment.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  if (text::lower(text::trim(comment.substr(0, equals))) != "check") return std::nullopt;
  const std::string_view value = text::trim(comment.substr(equals + 1));
  if (value.empty()) return std::nullopt;
  return std::string(value.substr(0, value.find(' ')));
}

bool ParserDirectives::read(std::string_view line) {
  if (ended_) return false;
  ended_ = true;
  const std::size_t equals = line.find('=');
  if (!line.starts_with('#') || equals == std::string_view::npos) return false;
  const std::string name = text::lower(text::trim(line.substr(1, equals - 1)));
  const std::string value(text::trim(line.substr(equals + 1)));
  if ((name != "syntax" && name != "escape" && name != "check") || value.empty()) return false;
  if (!seen_.insert(name).second)
    throw Error(Errc::invalid, "only one " + name + " parser directive can be used");
  ended_ = false;
  if (name == "syntax") syntax_ = value;
  // What follows a blank is a remark.
  if (name == "check") checks_ = value.substr(0, value.find(' '));
  if (name != "escape") return true;
  if (value != "\\" && value != "`")
    throw Error(Errc::invalid, "invalid escape token '" + value + "' does not match ` or \\");
  escape_ = value.front();
  return true;
}

}  // namespace gantry::build

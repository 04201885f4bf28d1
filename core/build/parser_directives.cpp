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

void ParserDirectives::read(std::string_view line) {
  if (ended_) return;
  ended_ = true;
  const std::size_t equals = line.find('=');
  if (!line.starts_with('#') || equals == std::string_view::npos) return;
  const std::string name = text::lower(text::trim(line.substr(1, equals - 1)));
  const std::string value(text::trim(line.substr(equals + 1)));
  if ((name != "syntax" && name != "escape" && name != "check") || value.empty()) return;
  if (!seen_.insert(name).second)
    throw Error(Errc::invalid, "only one " + name + " parser directive can be used");
  ended_ = false;
  if (name == "syntax") syntax_ = value;
  if (name != "escape") return;
  if (value != "\\" && value != "`")
    throw Error(Errc::invalid, "invalid escape token '" + value + "' does not match ` or \\");
  escape_ = value.front();
}

}  // namespace gantry::build

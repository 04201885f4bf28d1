#include "core/build/git_url.hpp"

#include <algorithm>
#include <map>
#include <string_view>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/build/source_tree.hpp"

namespace gantry::build {
namespace {

constexpr std::string_view kGithub = "github.com/", kBranches = "refs/heads/", kTags = "refs/tags/";
constexpr std::size_t kMaxUrl = 8192;

bool is_control(char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_word(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }

struct Escapes {
  bool plus_is_blank = false;
  bool may_be_bad = false;  // and are taken as they are then: errors would show what they are in
};

std::string unescaped(std::string_view text, Escapes escapes) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && escapes.plus_is_blank) {
      result += ' ';
    } else if (text[i] != '%') {
      result += text[i];
    } else {
      const int high = i + 2 < text.size() ? text::hex_value(text[i + 1]) : -1;
      const int low = high < 0 ? -1 : text::hex_value(text[i + 2]);
      if (low < 0 && !escapes.may_be_bad)
        invalid("invalid URL escape in \"" + std::string(text) + "\"");
      result += low < 0 ? '%' : static_cast<char>(high * 16 + low);
      i += low < 0 ? 0 : 2;
    }
  }
  return result;
}

/// A URL's parts; the fragment and the query as they are written.
struct Parts {
  std::string repository, query, fragment;
};

Parts split(const std::string& text) {
  Parts parts;
  const std::size_t hash = text.find('#');
  if (hash != std::string::npos) parts.fragment = text.substr(hash + 1);
  const std::string front = text.substr(0, hash);
  const std::size_t mark = front.find('?');
  if (mark != std::string::npos) parts.query = front.substr(mark + 1);
  parts.repository = front.substr(0, mark);
  return parts;
}

/// The scheme of "scheme://…" in small letters; empty: none.
std::string scheme_of(const std::string& text) {
  const std::size_t end = text.find("://");
  if (end == std::string::npos || end == 0) return {};
  if (!std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), is_word))
    return {};
  return text::lower(text.substr(0, end));
}

/// "user@host:path", as ssh programs have it.
bool find_short_ssh(const std::string& repository, GitUrl& url) {
  const std::size_t at = repository.find('@');
  const std::size_t colon = repository.find(':');
  if (at == 0 || at == std::string::npos || colon == std::string::npos || colon < at + 2)
    return false;
  const auto is_user = [](char c) { return is_word(c) || c == '-' || c == '_'; };
  const auto is_host = [](char c) { return is_word(c) || c == '-' || c == '.'; };
  const std::string user = repository.substr(0, at);
  url.host = repository.substr(at + 1, colon - at - 1);
  if (!std::all_of(user.begin(), user.end(), is_user) ||
      !std::all_of(url.host.begin(), url.host.end(), is_host))
    return false;
  url.is_ssh = true;
  return true;
}

/// What is behind "scheme://" up to the path. The login for http leaves the URL: arguments can be
/// seen by everybody, and git writes a URL down.
void take_authority(GitUrl& url) {
  const std::size_t begin = url.remote.find("://") + 3;
  const std::size_t slash = url.remote.find('/', begin);
  const std::string authority = url.remote.substr(begin, slash - begin);
  const std::size_t at = authority.rfind('@');
  url.host = at == std::string::npos ? authority : authority.substr(at + 1);
  if (url.is_http && at != std::string::npos) {
    url.remote.erase(begin, at + 1);
    url.login = unescaped(authority.substr(0, at), {.may_be_bad = true});
    if (url.login.find(':') == std::string::npos) url.login += ':';
  }
  if (slash == std::string::npos || url.remote.ends_with("://" + url.host + "/"))
    invalid("Git URL \"" + url.shown() + "\" names no repository");
  // Neither is to be an option for the programs that git runs.
  if (authority.starts_with('-'))
    invalid("invalid user or host in Git URL \"" + url.shown() + "\"");
}

bool flag(const std::string& key, const std::string& value) {
  const std::string lower = text::lower(value);
  if (value.empty() || value == "1" || lower == "t" || lower == "true") return true;
  if (value == "0" || lower == "f" || lower == "false") return false;
  invalid("invalid " + key + " value: \"" + value + "\"");
}

std::string below(std::string_view prefix, const std::string& name) {
  return name.starts_with(prefix) ? name : std::string(prefix) + name;
}

/// What the fragment and the query say.
class Options {
 public:
  explicit Options(GitUrl& url) : url_(url) {}

  void fragment(const std::string& text) {
    const std::size_t colon = text.find(':');
    url_.ref = text.substr(0, colon);
    if (colon != std::string::npos) directory_ = text.substr(colon + 1);
  }

  void query(const std::string& text) {
    for (const std::string& pair : text::split(text, '&')) {
      if (pair.empty()) continue;
      const std::size_t equals = pair.find('=');
      const std::string key = unescaped(pair.substr(0, equals), {.plus_is_blank = true});
      const std::string value = equals == std::string::npos
                                    ? std::string()
                                    : unescaped(pair.substr(equals + 1), {.plus_is_blank = true});
      if (!values_.emplace(key, value).second) invalid("query \"" + key + "\" has multiple values");
    }
    for (const auto& [key, value] : values_) apply(key, value);
  }

  void finish() {
    if (by_commit_ && !is_git_commit(url_.checksum) && !is_git_commit(url_.ref))
      invalid("fetch-by-commit requires a full commit");
    if (by_commit_ && is_git_commit(url_.checksum)) url_.ref = url_.checksum;
    if (!url_.ref.empty() && !is_git_ref(url_.ref)) invalid("invalid Git ref \"" + url_.ref + "\"");
    const auto clean = clean_source(directory_);
    if (!clean || std::any_of(directory_.begin(), directory_.end(),
                              [](char c) { return c != ' ' && is_control(c); }))
      invalid("invalid directory in Git URL: \"" + directory_ + "\"");
    url_.directory = *clean;
  }

 private:
  void apply(const std::string& key, const std::string& value) {
    const bool is_flag = key == "submodules" || key == "keep-git-dir" || key == "fetch-by-commit";
    if (value.empty() && !is_flag) invalid("query \"" + key + "\" has no value");
    if (key == "ref") {
      set(url_.ref, value, "ref");
    } else if (key == "tag") {
      set(url_.ref, below(kTags, value), "ref");
    } else if (key == "branch") {
      set(url_.ref, below(kBranches, value), "ref");
    } else if (key == "subdir") {
      set(directory_, value, "subdir");
    } else if (key == "checksum" || key == "commit") {
      url_.checksum = parse_git_checksum(value);
    } else if (key == "keep-git-dir") {
      url_.keep_git = flag(key, value);
    } else if (key == "submodules") {
      url_.submodules = flag(key, value);
    } else if (key == "fetch-by-commit") {
      by_commit_ = flag(key, value);
    } else if (key == "mtime") {
      if (value != "checkout" && value != "commit")
        invalid("invalid mtime value: \"" + value + "\"");
      url_.commit_times = value == "commit";
    } else {
      invalid("unexpected query \"" + key + "\"");
    }
  }
  static void set(std::string& field, const std::string& value, const char* what) {
    if (!field.empty() && field != value)
      invalid(std::string(what) + " conflicts: \"" + field + "\" vs \"" + value + "\"");
    field = value;
  }

  GitUrl& url_;
  std::string directory_;
  std::map<std::string, std::string> values_;
  bool by_commit_ = false;
};

/// False: it is no repository. Where it is one, but for what is behind it.
bool find_repository(const std::string& text, GitUrlUse use, const Parts& parts, GitUrl& url) {
  url.remote = parts.repository;
  if (text.starts_with(kGithub) && use == GitUrlUse::context) {
    url.remote = "https://" + parts.repository;
    url.is_http = true;
  } else if (const std::string scheme = scheme_of(parts.repository); scheme.empty()) {
    return find_short_ssh(parts.repository, url);
  } else if (scheme == "http" || scheme == "https") {
    if (use != GitUrlUse::repository && !parts.repository.ends_with(".git")) return false;
    url.is_http = true;
  } else if (scheme == "git" || scheme == "ssh") {
    url.is_ssh = scheme == "ssh";
  } else {
    return false;
  }
  take_authority(url);
  return true;
}

void check_text(const std::string& text, const GitUrl& url) {
  if (text.size() > kMaxUrl || std::any_of(url.remote.begin(), url.remote.end(), is_control))
    invalid("invalid Git URL \"" + url.shown() + "\"");
}

}  // namespace

std::string GitUrl::shown() const {
  const std::size_t begin = remote.find("://");
  const std::size_t at = remote.rfind('@', remote.find('/', begin + 3));
  if (begin == std::string::npos || at == std::string::npos || at < begin) return remote;
  const std::size_t colon = remote.find(':', begin + 3);
  if (colon > at) return remote;
  return remote.substr(0, colon + 1) + "xxxxx" + remote.substr(at);
}

GitUrl make_git_url(const std::string& repository, const std::string& fragment) {
  GitUrl url;
  if (!find_repository(repository, GitUrlUse::repository, {repository, {}, {}}, url))
    invalid("invalid Git URL \"" + url.shown() + "\"");
  check_text(repository, url);
  Options options(url);
  options.fragment(fragment);
  options.finish();
  return url;
}

std::optional<GitUrl> find_git_url(const std::string& text, GitUrlUse use) {
  if (text.starts_with("./") || text.starts_with("../")) return std::nullopt;
  const Parts parts = split(text);
  GitUrl url;
  if (!find_repository(text, use, parts, url)) return std::nullopt;
  check_text(text, url);
  Options options(url);
  options.fragment(url.remote == parts.repository && scheme_of(url.remote).empty()
                       ? parts.fragment
                       : unescaped(parts.fragment, {}));
  options.query(parts.query);
  options.finish();
  return url;
}

bool is_git_commit(const std::string& text) {
  return (text.size() == 40 || text.size() == 64) &&
         text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// The rules of git check-ref-format.
bool is_git_ref(const std::string& text) {
  constexpr std::string_view kForbidden = "~^:?*[\\";
  if (text.empty() || text.starts_with('-') || text.starts_with('/') || text.ends_with('/') ||
      text.ends_with('.') || text == "@")
    return false;
  for (const std::string_view part : {"..", "@{", "//"})
    if (text.find(part) != std::string::npos) return false;
  for (const char c : text)
    if (is_control(c) || kForbidden.find(c) != std::string_view::npos) return false;
  for (const std::string& part : text::split(text, '/'))
    if (part.starts_with('.') || part.ends_with(".lock")) return false;
  return true;
}

std::string parse_git_checksum(const std::string& text) {
  const std::string lower = text::lower(text);
  if (lower.empty() || lower.size() > 64 ||
      lower.find_first_not_of("0123456789abcdef") != std::string::npos)
    invalid("invalid checksum " + text + " for Git URL, expected hex commit hash");
  return lower;
}

}  // namespace gantry::build

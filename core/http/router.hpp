// Maps method + path to a handler. Patterns: literal segments and `{name}`; `{name...}` matches the
// rest greedily including slashes (image names: "/images/{name...}/json" backs off to the fixed
// suffix). Filled by api/routes.hpp before the server starts, read-only afterwards: any thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "core/http/exchange.hpp"

namespace gantry::http {

struct Match {
  const Handler* handler = nullptr;  // nullptr: unknown path or wrong method → 404 "page not found"
  std::map<std::string, std::string, std::less<>> params;
};

class Router {
 public:
  Router();
  ~Router();
  void add(std::string_view method, std::string_view pattern, Handler handler);
  Match find(std::string_view method, std::string_view path) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gantry::http

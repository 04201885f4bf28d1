#include "core/http/status.hpp"

#include <Poco/Net/HTTPResponse.h>

namespace gantry::http {

int status_of(Errc code) {
  switch (code) {
    case Errc::invalid:
      return 400;
    case Errc::unauthorized:
      return 401;
    case Errc::permission:
      return 403;
    case Errc::not_found:
      return 404;
    case Errc::conflict:
      return 409;
    case Errc::unsupported:
      return 501;
    case Errc::unavailable:
      return 503;
    case Errc::timeout:
      return 504;
    case Errc::cancelled:
    case Errc::exhausted:
    case Errc::internal:
      return 500;
  }
  return 500;
}

std::string_view reason_of(int status) {
  switch (status) {  // without the lookup for what nearly every answer is
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 404:
      return "Not Found";
    default:
      return Poco::Net::HTTPResponse::getReasonForStatus(
          static_cast<Poco::Net::HTTPResponse::HTTPStatus>(status));
  }
}

}  // namespace gantry::http

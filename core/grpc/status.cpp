#include "core/grpc/status.hpp"

#include <utility>

namespace gantry::grpc {
namespace {

Code code_of(Errc code) {
  switch (code) {
    case Errc::invalid:
      return Code::invalid_argument;
    case Errc::unauthorized:
      return Code::unauthenticated;
    case Errc::permission:
      return Code::permission_denied;
    case Errc::not_found:
      return Code::not_found;
    case Errc::conflict:
      return Code::failed_precondition;
    case Errc::unsupported:
      return Code::unimplemented;
    case Errc::unavailable:
      return Code::unavailable;
    case Errc::cancelled:
      return Code::cancelled;
    case Errc::timeout:
      return Code::deadline_exceeded;
    case Errc::exhausted:
      return Code::resource_exhausted;
    case Errc::internal:
      break;
  }
  return Code::unknown;
}

Errc errc_of(Code code) {
  switch (code) {
    case Code::invalid_argument:
    case Code::out_of_range:
      return Errc::invalid;
    case Code::unauthenticated:
      return Errc::unauthorized;
    case Code::permission_denied:
      return Errc::permission;
    case Code::not_found:
      return Errc::not_found;
    case Code::already_exists:
    case Code::failed_precondition:
    case Code::aborted:
      return Errc::conflict;
    case Code::unimplemented:
      return Errc::unsupported;
    case Code::unavailable:
      return Errc::unavailable;
    case Code::cancelled:
      return Errc::cancelled;
    case Code::deadline_exceeded:
      return Errc::timeout;
    case Code::resource_exhausted:
      return Errc::exhausted;
    case Code::ok:
    case Code::unknown:
    case Code::internal:
    case Code::data_loss:
      break;
  }
  return Errc::internal;
}

}  // namespace

StatusError::StatusError(Status status)
    : Error(errc_of(status.code), status.message), status_(std::move(status)) {}

Status status_of(const Error& error) {
  if (const auto* whole = dynamic_cast<const StatusError*>(&error)) return whole->status();
  return {code_of(error.code()), error.what()};
}

Error error_of(const Status& status) { return {errc_of(status.code), status.message}; }

}  // namespace gantry::grpc

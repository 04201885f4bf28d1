#include "core/buildkit/source_error.hpp"

#include <algorithm>

#include "core/base/digest.hpp"
#include "core/buildkit/proto/gateway.pb.h"
#include "core/buildkit/proto_text.hpp"
#include "core/json/writer.hpp"

namespace gantry::buildkit {
namespace {

// Such details are JSON; binary members are base64 there.
constexpr const char* kSource = "github.com/moby/buildkit/errdefs.Source+json";

}  // namespace

grpc::StatusError source_error(const std::string& why, const SourceLines& lines) {
  grpc::Status status{grpc::Code::unknown, why, {}};
  if (lines.first == 0) return grpc::StatusError(status);
  json::Writer out;
  out.begin_object().key("info").begin_object();
  out.field("filename", lines.name).field("data", base64_encode(lines.text));
  out.field("language", kLanguage).end_object();
  out.key("ranges").begin_array().begin_object();
  out.key("start").begin_object().field("line", lines.first).end_object();
  out.key("end").begin_object().field("line", std::max(lines.first, lines.last)).end_object();
  out.end_object().end_array().end_object();
  proto::RpcStatus whole;
  whole.set_code(static_cast<int>(status.code));
  whole.set_message(proto_text(why));
  proto::Detail& detail = *whole.add_details();
  detail.set_type_url(kSource);
  detail.set_value(out.text());
  status.details = whole.SerializeAsString();
  return grpc::StatusError(status);
}

}  // namespace gantry::buildkit

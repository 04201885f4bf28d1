#include "answers.hpp"

#include <algorithm>
#include <cctype>
#include <gantry/cpp/json.hpp>

#include "timestamp.hpp"

namespace volume_docker {

namespace sdk = gantry::sdk;

namespace {

constexpr unsigned kOk = 200;

/// As Go's decoder reads: one value, whatever follows it. "null" is what a driver in Go has nothing
/// to say in.
std::string_view first_value(std::string_view body) {
  rapidjson::MemoryStream stream(body.data(), body.size());
  rapidjson::Document value;
  value.ParseStream<rapidjson::kParseStopWhenDoneFlag | rapidjson::kParseIterativeFlag>(stream);
  if (value.HasParseError()) return body;
  return value.IsNull() ? std::string_view("{}") : body.substr(0, stream.Tell());
}

/// Go's decoder takes an empty body for "EOF"; drivers that answer an Unmount with nothing exist.
sdk::Object parse(std::string_view body) {
  try {
    return sdk::Object(first_value(body));
  } catch (const sdk::Error&) {
    throw sdk::Error(GANTRY_INTERNAL, "the volume driver's answer is not a JSON object");
  }
}

/// Wrong types are the driver's fault, not the caller's.
template <class Read>
auto reading(Read read) {
  try {
    return read();
  } catch (const sdk::Error& e) {
    throw sdk::Error(GANTRY_INTERNAL,
                     std::string("the volume driver's answer is not understood: ") + e.what());
  }
}

std::string json_of(const rapidjson::Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  value.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

sdk::VolumeInfo volume_of(const rapidjson::Value& value) {
  sdk::VolumeInfo info;
  info.name = sdk::Object::string_in(value, "Name");
  info.mountpoint = sdk::Object::string_in(value, "Mountpoint");
  info.created_at = parse_timestamp(sdk::Object::string_in(value, "CreatedAt")).value_or(0);
  const auto status = value.FindMember("Status");
  if (status != value.MemberEnd() && status->value.IsObject() && status->value.MemberCount() > 0)
    info.status_json = json_of(status->value);
  return info;
}

}  // namespace

void check_reply(const std::string& method, const Reply& reply) {
  std::string error;
  bool parsed = true;
  try {
    error = sdk::Object(first_value(reply.body)).string("Err");
  } catch (const sdk::Error&) {
    parsed = false;
  }
  if (reply.status != kOk) {
    const std::string text = error.empty() ? reply.body.substr(0, 400) : error;
    throw Refused(method + ": " + text, reply.status == 404 ? GANTRY_NOT_FOUND : GANTRY_INTERNAL);
  }
  if (!parsed) parse(reply.body);
  if (!error.empty()) throw Refused(error);
}

bool implements_volumes(const Reply& reply) {
  const sdk::Object manifest = parse(reply.body);
  const auto all = reading([&] { return manifest.strings("Implements"); });
  return std::find(all.begin(), all.end(), "VolumeDriver") != all.end();
}

std::string read_scope(const Reply& reply) {
  const sdk::Object answer = parse(reply.body);
  const auto it = answer.document().FindMember("Capabilities");
  if (it == answer.document().MemberEnd() || !it->value.IsObject()) return "local";
  std::string scope = sdk::Object::string_in(it->value, "Scope");
  for (char& c : scope) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return scope == "global" ? scope : "local";
}

std::string read_mountpoint(const Reply& reply) {
  const sdk::Object answer = parse(reply.body);
  return reading([&] { return answer.string("Mountpoint"); });
}

std::optional<sdk::VolumeInfo> read_volume(const Reply& reply) {
  const sdk::Object answer = parse(reply.body);
  const auto it = answer.document().FindMember("Volume");
  if (it == answer.document().MemberEnd() || !it->value.IsObject()) return std::nullopt;
  return volume_of(it->value);
}

std::vector<sdk::VolumeInfo> read_volumes(const Reply& reply) {
  const sdk::Object answer = parse(reply.body);
  std::vector<sdk::VolumeInfo> volumes;
  reading([&] {
    answer.objects("Volumes", [&](const rapidjson::Value& value) {
      sdk::VolumeInfo info = volume_of(value);
      if (!info.name.empty()) volumes.push_back(std::move(info));
    });
    return 0;
  });
  return volumes;
}

}  // namespace volume_docker

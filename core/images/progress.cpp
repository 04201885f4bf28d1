#include "core/images/progress.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "core/json/writer.hpp"

namespace gantry::images {
namespace {

constexpr std::size_t kBarWidth = 50;

std::string right_aligned(std::string text, std::size_t width = 8) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

}  // namespace

std::string human_size(double bytes) {
  constexpr std::array<const char*, 9> kUnits{"B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"};
  std::size_t unit = 0;
  while (bytes >= 1000.0 && unit + 1 < kUnits.size()) {
    bytes /= 1000.0;
    ++unit;
  }
  char text[64];
  std::snprintf(text, sizeof text, "%.4g%s", bytes, kUnits[unit]);
  return text;
}

std::string progress_bar(std::uint64_t current, std::uint64_t total) {
  if (current == 0 && total == 0) return {};
  const std::string now = right_aligned(human_size(static_cast<double>(current)));
  if (total == 0) return now;
  const double share = static_cast<double>(current) / static_cast<double>(total);
  const auto filled = std::min(kBarWidth, static_cast<std::size_t>(share * 100) / 2);
  std::string bar("[");
  bar.append(filled, '=').append(">").append(kBarWidth - filled, ' ').append("] ").append(now);
  if (current <= total) bar.append("/").append(human_size(static_cast<double>(total)));
  return bar;
}

std::string status_line(std::string_view status, std::string_view id) {
  json::Writer out(true);
  out.begin_object().field("status", status);
  if (!id.empty()) out.field("id", id);
  out.end_object();
  return out.take();
}

std::string progress_line(std::string_view id, std::string_view status, std::uint64_t current,
                          std::uint64_t total) {
  json::Writer out(true);
  out.begin_object().field("status", status);
  out.key("progressDetail").begin_object();
  if (current != 0) out.field("current", current);
  if (total != 0) out.field("total", total);
  out.end_object();
  const std::string bar = progress_bar(current, total);
  if (!bar.empty()) out.field("progress", bar);
  if (!id.empty()) out.field("id", id);
  out.end_object();
  return out.take();
}

std::string pushed_line(std::string_view tag, std::string_view digest, std::uint64_t size) {
  json::Writer out(true);
  out.begin_object().key("progressDetail").begin_object().end_object();
  out.key("aux").begin_object();
  out.field("Tag", tag).field("Digest", digest).field("Size", size);
  out.end_object().end_object();
  return out.take();
}

std::string error_line(std::string_view message, int code) {
  json::Writer out(true);
  out.begin_object().key("errorDetail").begin_object();
  if (code != 0) out.field("code", code);
  out.field("message", message).end_object();
  out.field("error", message).end_object();
  return out.take();
}

std::string stream_line(std::string_view text) {
  json::Writer out(true);
  out.begin_object().field("stream", text).end_object();
  return out.take();
}

}  // namespace gantry::images

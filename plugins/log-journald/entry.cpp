#include "entry.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <map>
#include <set>

namespace log_journald {

namespace sdk = gantry::sdk;

void append_field(std::string& entry, std::string_view name, std::string_view value) {
  entry += name;
  if (value.find('\n') == std::string_view::npos) {
    entry += '=';
  } else {
    entry += '\n';
    for (unsigned bit = 0; bit < 64; bit += 8)
      entry += static_cast<char>(static_cast<std::uint64_t>(value.size()) >> bit & 0xff);
  }
  entry += value;
  entry += '\n';
}

std::string field_name(std::string_view attribute) {
  std::string name;
  for (const char c : attribute) {
    const bool continues = (static_cast<unsigned char>(c) & 0xc0) == 0x80;
    if (continues) continue;  // one "_" for a character of several bytes
    char clean = '_';
    if (c >= 'a' && c <= 'z') clean = static_cast<char>(c - 'a' + 'A');
    if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) clean = c;
    if (clean != '_' || !name.empty()) name += clean;
  }
  return name;
}

std::string timestamp(std::int64_t time_ns) {
  using namespace std::chrono;
  const sys_time<nanoseconds> time{nanoseconds(time_ns)};
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss<nanoseconds> clock(time - day);
  std::array<char, 64> text{};
  const int length = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02ld:%02ld:%02lld.%09lld",
      static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
      static_cast<unsigned>(date.day()), static_cast<long>(clock.hours().count()),
      static_cast<long>(clock.minutes().count()), static_cast<long long>(clock.seconds().count()),
      static_cast<long long>(clock.subseconds().count()));
  std::string result(text.data(), static_cast<std::size_t>(length));
  result.erase(result.find_last_not_of('0') + 1);
  if (result.back() == '.') result.pop_back();
  return result + "Z";
}

std::string source_fields(const sdk::LogSource& source) {
  static const std::set<std::string> of_lines = {"MESSAGE",
                                                 "PRIORITY",
                                                 "SYSLOG_TIMESTAMP",
                                                 "CONTAINER_PARTIAL_MESSAGE",
                                                 "CONTAINER_PARTIAL_ID",
                                                 "CONTAINER_PARTIAL_ORDINAL",
                                                 "CONTAINER_PARTIAL_LAST"};
  std::map<std::string, std::string> fields = {{"CONTAINER_ID", source.id.substr(0, 12)},
                                               {"CONTAINER_ID_FULL", source.id},
                                               {"CONTAINER_NAME", source.name},
                                               {"CONTAINER_TAG", source.tag},
                                               {"IMAGE_NAME", source.image},
                                               {"SYSLOG_IDENTIFIER", source.tag}};
  for (const auto& [attribute, value] : source.attributes) {
    const std::string name = field_name(attribute);
    if (!name.empty() && of_lines.count(name) == 0) fields[name] = value;
  }
  std::string text;
  for (const auto& [name, value] : fields) append_field(text, name, value);
  return text;
}

std::string line_fields(const sdk::LogLine& line, const std::string& partial_id) {
  std::string text;
  append_field(text, "MESSAGE", line.text());
  append_field(text, "PRIORITY", line.is_stderr() ? "3" : "6");  // LOG_ERR, LOG_INFO
  append_field(text, "SYSLOG_TIMESTAMP", timestamp(line.time_ns()));
  if (line.piece() == 0) return text;
  if (!line.last()) append_field(text, "CONTAINER_PARTIAL_MESSAGE", "true");
  append_field(text, "CONTAINER_PARTIAL_ID", partial_id);
  append_field(text, "CONTAINER_PARTIAL_ORDINAL", std::to_string(line.piece()));
  append_field(text, "CONTAINER_PARTIAL_LAST", line.last() ? "true" : "false");
  return text;
}

}  // namespace log_journald

// An entry of the journal in its native format: fields, each "KEY=value\n", or where the value has
// a newline "KEY\n", its length in 64 bits, the value and "\n". Pure; any thread.
#pragma once

#include <cstdint>
#include <gantry/cpp/logging.hpp>
#include <string>
#include <string_view>

namespace log_journald {

void append_field(std::string& entry, std::string_view name, std::string_view value);

/// What Docker makes of the name of an attribute: upper case, "_" for what the journal does not
/// allow, none at the front. May come out empty.
std::string field_name(std::string_view attribute);

/// RFC 3339 in UTC, with as many digits of a second as there are.
std::string timestamp(std::int64_t time_ns);

/// The fields that all entries of a container have. As in Docker, attributes may take the place of
/// the container's own; what is said of each line is not theirs.
std::string source_fields(const gantry::sdk::LogSource& source);

/// The fields of one line. `partial_id` is the same for all pieces of a long one.
std::string line_fields(const gantry::sdk::LogLine& line, const std::string& partial_id);

}  // namespace log_journald

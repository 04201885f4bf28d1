#include "core/build/mode_change.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace gantry::build {
namespace {

constexpr std::uint32_t kAll = 07777, kSticky = 01000, kPermissions = 0777, kExecute = 0111;
constexpr std::size_t kMaxDigits = 5;

[[noreturn]] void refuse(const std::string& text) {
  throw Error(Errc::invalid, "invalid chmod parameter: '" + text +
                                 "'. it should be octal string and between 0 and 07777");
}

/// The bits that belong to one of "ugo"; the sticky bit is everybody's.
std::uint32_t owned_by(char who) {
  switch (who) {
    case 'u':
      return 04700;
    case 'g':
      return 02070;
    case 'o':
      return 00007;
    default:
      return 0;
  }
}

std::uint32_t bits_for(char permission) {
  switch (permission) {
    case 'r':
      return 0444;
    case 'w':
      return 0222;
    case 'x':
      return kExecute;
    case 's':
      return 06000;
    case 't':
      return kSticky;
    default:
      return 0;
  }
}

/// Somebody's permissions as everybody's.
std::uint32_t spread(std::uint32_t mode, char who) {
  const int shift = who == 'u' ? 6 : who == 'g' ? 3 : 0;
  return (mode >> shift & 07) * 0111;
}

bool looks_numeric(const std::string& text) {
  return text.find_first_not_of("0123456789") == std::string::npos;
}

}  // namespace

ModeChange::ModeChange(const std::string& text) : text_(text) {
  if (!looks_numeric(text)) {
    for (const std::string& clause : text::split(text, ',')) parse_clause(clause);
    return;
  }
  Step step{.who = kAll};
  if (text.empty() || text.size() > kMaxDigits) refuse(text);
  for (const char digit : text) {
    if (digit > '7') refuse(text);
    step.bits = step.bits * 8 + static_cast<std::uint32_t>(digit - '0');
  }
  if (step.bits > kAll) refuse(text);
  steps_.push_back(step);
}

void ModeChange::parse_clause(const std::string& clause) {
  std::uint32_t who = 0;
  std::size_t at = 0;
  for (; at < clause.size() && std::string_view("ugoa").find(clause[at]) != std::string::npos; ++at)
    who |= clause[at] == 'a' ? kAll & ~kSticky : owned_by(clause[at]);
  // The sticky bit is nobody's: it changes where everybody is meant.
  if (who == 0 || who == (kAll & ~kSticky)) who = kAll;
  if (at == clause.size()) refuse(text_);
  while (at < clause.size()) {
    Step step{.who = who, .operation = clause[at++]};
    if (std::string_view("+-=").find(step.operation) == std::string::npos) refuse(text_);
    if (at < clause.size() && owned_by(clause[at]) != 0) {
      step.copied = clause[at++];
    } else {
      for (; at < clause.size() && (bits_for(clause[at]) != 0 || clause[at] == 'X'); ++at) {
        step.bits |= bits_for(clause[at]);
        step.if_executable = step.if_executable || clause[at] == 'X';
      }
    }
    steps_.push_back(step);
  }
}

std::uint32_t ModeChange::apply(std::uint32_t mode, bool is_directory) const {
  const bool is_executable = is_directory || (mode & kExecute) != 0;
  for (const Step& step : steps_) {
    std::uint32_t bits = step.copied != 0 ? spread(mode, step.copied) : step.bits;
    if (step.if_executable && is_executable) bits |= kExecute;
    bits &= step.who;
    if (step.operation == '+')
      mode |= bits;
    else if (step.operation == '-')
      mode &= ~bits;
    else
      mode = (mode & ~(step.copied != 0 ? step.who & kPermissions : step.who)) | bits;
  }
  return mode;
}

}  // namespace gantry::build

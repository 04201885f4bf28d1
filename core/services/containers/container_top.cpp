#include "core/services/containers/container_top.hpp"

#include <algorithm>
#include <regex>
#include <sstream>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/subprocess.hpp"
#include "core/base/text.hpp"
#include "core/services/world/container_events.hpp"
#include "core/services/world/container_lookup.hpp"

namespace gantry::services {
namespace {

constexpr std::chrono::seconds kLimit{10};

/// The first `count` - 1 blank-separated words, and the rest of the line.
std::vector<std::string> columns(const std::string& line, size_t count) {
  std::istringstream in(line);
  std::vector<std::string> words;
  std::string word;
  while (words.size() + 1 < count && in >> word) words.push_back(word);
  std::string rest;
  std::getline(in, rest);
  words.emplace_back(text::trim(rest));
  return words;
}

/// As moby: these would replace the PID column or smuggle text into its place.
void check_ps_args(const std::string& args) {
  if (args.size() > 256)
    throw Error(Errc::invalid, "ps_args is too long");  // bounds the expression's work
  static const std::regex kPidRenamed(R"(\s+(-o|o|--format)?\s*[A-Za-z]*pid=)", std::regex::icase);
  if (std::regex_search(" " + args, kPidRenamed))
    throw Error(Errc::invalid, "specifying \"pid=\" in ps_args is not allowed");
}

/// As moby: ps is told the processes, since without being told it shows those of its own user and
/// terminal. Not all options go with that (`f` does not), so otherwise all that ps shows.
SubprocessResult run_ps(std::vector<std::string> argv, const std::vector<int>& pids) {
  std::vector<std::string> words;
  for (const int pid : pids) words.push_back(std::to_string(pid));
  argv.push_back("-q" + text::join(words, ","));
  try {
    SubprocessResult result = run_subprocess(argv, kLimit);
    if (result.exit_code == 0) return result;
  } catch (const Error& error) {
    log::debug("ps: " + std::string(error.what()));  // too many for one argument
  }
  argv.pop_back();
  try {
    return run_subprocess(argv, kLimit);
  } catch (const Error& error) {
    throw Error(Errc::internal, "ps: " + std::string(error.what()));
  }
}

}  // namespace

ProcessTable select_processes(const std::string& ps_output, const std::vector<int>& pids) {
  ProcessTable table;
  std::istringstream lines(ps_output);
  std::string line;
  std::getline(lines, line);
  std::istringstream head(line);
  for (std::string title; head >> title;) table.titles.push_back(title);
  const auto pid_title = std::find(table.titles.begin(), table.titles.end(), "PID");
  if (pid_title == table.titles.end())
    throw Error(Errc::internal, "Couldn't find PID field in ps output");
  const auto pid_column = static_cast<size_t>(pid_title - table.titles.begin());
  while (std::getline(lines, line)) {
    auto fields = columns(line, table.titles.size());
    if (fields.size() <= pid_column) continue;
    const auto pid = text::to_int(fields[pid_column]);
    if (pid && std::find(pids.begin(), pids.end(), *pid) != pids.end())
      table.processes.push_back(std::move(fields));
  }
  return table;
}

ProcessTable ContainerTop::run(const std::string& reference, const std::string& ps_args) {
  const state::ContainerPtr snapshot = world_.store.get(reference);
  const domain::ContainerRecord& record = snapshot->record;
  require_running(record);
  const std::string args = ps_args.empty() ? "-ef" : ps_args;
  check_ps_args(args);
  const std::vector<int> pids = world_.runtime.pids(record.id);
  if (pids.empty())  // it has just ended
    throw Error(Errc::conflict, "container " + record.id + " is not running");
  std::vector<std::string> argv = {"ps"};
  for (const std::string& word : text::split(args, ' '))
    if (!word.empty()) argv.push_back(word);
  const SubprocessResult result = run_ps(std::move(argv), pids);
  if (result.exit_code != 0) {  // the first line says why; its usage follows
    const std::string_view words = text::trim(result.err);
    throw Error(ps_args.empty() ? Errc::internal : Errc::invalid,
                "ps: " + (words.empty() ? "exit status " + std::to_string(result.exit_code)
                                        : std::string(words.substr(0, words.find('\n')))));
  }
  ProcessTable table = select_processes(result.out, pids);
  publish_container_event(world_.events, record, "top");
  return table;
}

}  // namespace gantry::services

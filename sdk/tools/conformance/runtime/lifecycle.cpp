#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <memory>

#include "conformance/runtime/container.hpp"

namespace conformance {

namespace {

/// A client connection: one end for the runtime, one for the case.
struct Connection {
  std::unique_ptr<Fd> ours, theirs;
  Connection() {
    const std::array<int, 2> fds = make_socket_pair();
    ours = std::make_unique<Fd>(fds[0]);
    theirs = std::make_unique<Fd>(fds[1]);
    const timeval limit{10, 0};  // a runtime that never closes must not hang the check
    ::setsockopt(ours->get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  gantry_stream stream(unsigned streams) const {
    gantry_stream stream{};
    stream.size = sizeof stream;
    stream.fd = theirs->get();
    stream.streams = streams;
    stream.detach_keys = "";
    stream.log_offset = UINT64_MAX;
    return stream;
  }
  /// To the end of output. The runtime has its own descriptor by now.
  std::string read_all() {
    theirs->close();
    std::string text;
    char buffer[4096];
    ssize_t n;
    while ((n = ::read(ours->get(), buffer, sizeof buffer)) > 0)
      text.append(buffer, static_cast<size_t>(n));
    expect(n == 0, "the connection was not closed at the end of output");
    return text;
  }
};

void run_execs(const RuntimeDriver& runtime, const gantry_ext_exec& exec, Report& report) {
  report.run("an exec runs beside the first process and reports before its connection ends", [&] {
    const Container container(runtime, {"/bin/sleep", "1000"});
    container.start();
    const std::string exec_id = fresh_id();
    Connection client;
    const gantry_stream stream = client.stream(GANTRY_STDOUT | GANTRY_STDERR);
    const Op op;
    must_object("exec start", ask("exec start", exec.start, runtime.self(), container.id().c_str(),
                                  exec_id.c_str(), bytes(process_json({"/bin/sh", "-c", "exit 4"})),
                                  &stream, 0u, static_cast<const gantry_op*>(op)));
    client.read_all();
    const auto event = runtime.subject().wait_event("exec_exit", container.id(), exec_id);
    expect(event && event->exit_code == 4, "the exec's exit code is not 4");
    expect(runtime.status(container.id()) == "running", "the container ended with the exec");
    must("signal", runtime.signal(container.id(), SIGKILL));
    container.wait();
  });
}

}  // namespace

void run_runtime_lifecycle(const RuntimeDriver& runtime, Report& report) {
  report.run("a container is created, started, and ends with its exit code", [&] {
    const Container container(runtime, {"/bin/sh", "-c", "exit 3"});
    expect(runtime.status(container.id()) == "created", "it is not \"created\" before start");
    expect(runtime.lists(container.id()), "it is not listed");
    container.start();
    const int code = container.wait();
    expect(code == 3, "the exit code is " + std::to_string(code) + ", not 3");
    expect(must_object("state", runtime.state(container.id())).integer("exit_code") == 3,
           "state has another exit code than the event");
  });
  report.run("a signal ends it with 128 and the number", [&] {
    const Container container(runtime, {"/bin/sleep", "1000"});
    container.start();
    expect(runtime.status(container.id()) == "running", "it is not \"running\" after start");
    must("signal", runtime.signal(container.id(), SIGKILL));
    expect(container.wait() == 137, "the exit code is not 137");
  });
  report.run("input attached before the start comes back as output, up to the half-close", [&] {
    const Container container(runtime, {"/bin/cat"}, true);
    Connection client;
    must("attach", runtime.attach(container.id(), client.stream(GANTRY_STDIN | GANTRY_STDOUT)));
    container.start();
    const std::string text = "one\ntwo\n";
    expect(
        ::write(client.ours->get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()),
        "cannot write to the container");
    ::shutdown(client.ours->get(), SHUT_WR);
    const std::string answer = client.read_all();
    expect(answer == text, "the output is \"" + answer + "\"");
    expect(container.wait() == 0, "the exit code is not 0");
  });
  report.run("a missing executable is an error of start", [&] {
    const Container container(runtime, {"/no/such/program"});
    const Outcome outcome = runtime.start(container.id());
    expect(outcome.status != GANTRY_OK, "start succeeded");
  });
  report.run("a running container survives a restart of the daemon", [&] {
    const Container container(runtime, {"/bin/sleep", "1000"});
    container.start();
    runtime.subject().restart();
    expect(runtime.lists(container.id()), "it is not listed");
    expect(runtime.status(container.id()) == "running", "it is no longer running");
    must("signal", runtime.signal(container.id(), SIGKILL));
    expect(container.wait() == 137, "the exit code is not 137");
  });
  if (const auto* exec = runtime.subject().extension<gantry_ext_exec>(GANTRY_EXT_EXEC))
    run_execs(runtime, *exec, report);
  run_runtime_resources(runtime, report);
  if (const auto* files = runtime.subject().extension<gantry_ext_archive>(GANTRY_EXT_ARCHIVE))
    run_runtime_files(runtime, *files, report);
}

}  // namespace conformance

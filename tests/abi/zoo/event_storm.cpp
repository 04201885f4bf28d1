// A runtime that, asked for info, floods the host with events: unknown kinds, malformed and unknown
// ids, NULLs, and between all of that one true exit. Everything else in it does nothing.
#include <gantry/cpp/runtime.hpp>
#include <thread>

namespace sdk = gantry::sdk;

class EventStorm : public sdk::Runtime {
 public:
  explicit EventStorm(const sdk::Host& host) : host_(host) {}

  std::string info() override {
    std::thread flood([this] { send_all(); });
    flood.join();
    return "{}";
  }
  void create(const std::string& id, std::string_view, const gantry_container_options&,
              const sdk::Op&) override {
    id_ = id;
  }
  void attach(const std::string&, const gantry_stream&) override {}
  sdk::Started start(const std::string&, const sdk::Op&) override { return {1, 1}; }
  void signal(const std::string&, int, bool) override {}
  void resize(const std::string&, std::uint32_t, std::uint32_t) override {}
  void remove(const std::string&, const sdk::Op&) override {}
  sdk::ContainerState state(const std::string&) override {
    throw sdk::Error(GANTRY_NOT_FOUND, "nothing here");
  }
  std::vector<sdk::ContainerState> list() override { return {}; }

 private:
  void send(const char* kind, const char* id, const char* exec_id) const {
    gantry_event event{};
    event.size = sizeof event;
    event.kind = kind;
    event.container_id = id;
    event.exec_id = exec_id;
    event.exit_code = 5;
    host_.event(event);
  }
  void send_all() const {
    const std::string unknown(64, 'f');
    for (int i = 0; i < 100000; ++i) {
      send("bang", id_.c_str(), "");
      send("exit", "not an id", "");
      send("exit", unknown.c_str(), "");
      send("exec_exit", id_.c_str(), nullptr);
      send(nullptr, nullptr, nullptr);
      if (i == 50000) send("exit", id_.c_str(), "");
    }
  }

  const sdk::Host host_;
  std::string id_;
};

GANTRY_PLUGIN(EventStorm, "event-storm", "Floods the host with events")

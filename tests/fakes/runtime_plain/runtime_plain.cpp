// runtime-plain: a runtime that answers nothing but what it is, with a data plane that leaves
// published ports to the host.
#include <gantry/cpp/runtime.hpp>

namespace {

namespace sdk = gantry::sdk;

class PlainRuntime final : public sdk::Runtime, public sdk::PortsByHost {
 public:
  explicit PlainRuntime(const sdk::Host&) {}
  std::string info() override { return R"({"name":"plain"})"; }
  void create(const std::string&, std::string_view, const gantry_container_options&,
              const sdk::Op&) override {
    refuse();
  }
  void attach(const std::string&, const gantry_stream&) override { refuse(); }
  sdk::Started start(const std::string&, const sdk::Op&) override { refuse(); }
  void signal(const std::string&, int, bool) override { refuse(); }
  void resize(const std::string&, std::uint32_t, std::uint32_t) override { refuse(); }
  void remove(const std::string&, const sdk::Op&) override {}
  sdk::ContainerState state(const std::string&) override {
    throw sdk::Error(GANTRY_NOT_FOUND, "there are no containers");
  }
  std::vector<sdk::ContainerState> list() override { return {}; }

  void network_up(std::string_view) override {}
  void network_down(std::string_view) override {}
  std::vector<std::string> used_subnets() override { return {}; }
  void sandbox_up(const std::string&, std::string_view) override {}
  void sandbox_down(const std::string&) override {}
  void endpoint_up(const std::string&, std::string_view) override {}
  void endpoint_down(const std::string&, std::string_view) override {}

 private:
  [[noreturn]] static void refuse() {
    throw sdk::Error(GANTRY_UNSUPPORTED, "this runtime runs nothing");
  }
};

}  // namespace

GANTRY_PLUGIN(PlainRuntime, "runtime-plain", "Runs nothing, for tests")

// Blocks of names on their way into containers' hosts files, with a host that may refuse.
#include "guest_writer.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <vector>

using namespace net_hosts;
namespace sdk = gantry::sdk;
using namespace std::chrono_literals;

namespace {

constexpr auto kPatience = 20s;

/// One container's hosts file, behind the tables of the host.
class World {
 public:
  World() {
    host.size = sizeof host;
    host.ctx = this;
    host.log = [](void* ctx, std::int32_t level, const char*) {
      World& world = *static_cast<World*>(ctx);
      const std::lock_guard lock(world.mutex_);
      if (level == GANTRY_LOG_WARN) ++world.warnings_;
    };
    host.extension = [](void*, const char* id) -> const void* {
      static const gantry_host_guest_files files{sizeof files, 0, &World::replace};
      static const gantry_host_guest_files_read reads{sizeof reads, 0, &World::read};
      if (std::strcmp(id, GANTRY_HOST_GUEST_FILES) == 0) return &files;
      return std::strcmp(id, GANTRY_HOST_GUEST_FILES_READ) == 0 ? &reads : nullptr;
    };
  }

  void fail_next(std::vector<gantry_status> statuses) {
    const std::lock_guard lock(mutex_);
    failures_ = std::move(statuses);
  }
  bool comes_to_have(const std::string& name) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience,
                             [&] { return content_.find(name) != std::string::npos; });
  }
  bool sees_attempts(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return attempts_ == count; });
  }
  std::string content() const {
    const std::lock_guard lock(mutex_);
    return content_;
  }
  int attempts() const {
    const std::lock_guard lock(mutex_);
    return attempts_;
  }
  int warnings() const {
    const std::lock_guard lock(mutex_);
    return warnings_;
  }

  gantry_host host{};

 private:
  static gantry_status replace(void* ctx, const char*, const char*, gantry_bytes content,
                               gantry_error* err) {
    World& world = *static_cast<World*>(ctx);
    const std::lock_guard lock(world.mutex_);
    ++world.attempts_;
    world.changed_.notify_all();
    if (!world.failures_.empty()) {
      const gantry_status status = world.failures_.front();
      world.failures_.erase(world.failures_.begin());
      std::snprintf(err->message, sizeof err->message, "no room");
      return status;
    }
    world.content_ = sdk::view(content);
    return GANTRY_OK;
  }
  static gantry_status read(void* ctx, const char*, const char*, const gantry_sink* out,
                            gantry_error*) {
    const std::string content = static_cast<World*>(ctx)->content();
    out->write(out->ctx, content.data(), content.size());
    return GANTRY_OK;
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::string content_ = "127.0.0.1\tlocalhost\n";
  std::vector<gantry_status> failures_;
  int attempts_ = 0, warnings_ = 0;
};

GuestWriter::Block gives(std::string block) {
  return [block] { return block; };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(guest_writer)

BOOST_AUTO_TEST_CASE(write_that_failed_is_tried_once_more_with_the_block_of_then) {
  World world;
  GuestWriter writer(sdk::Host(&world.host), 1ms);
  writer.written("c1", "");
  std::atomic<int> asked = 0;
  world.fail_next({GANTRY_EXHAUSTED});
  writer.update("c1", [&asked] { return "# name" + std::to_string(++asked) + "\n"; });
  BOOST_TEST(world.comes_to_have("name2"));
  BOOST_TEST(world.warnings() == 1);
}

BOOST_AUTO_TEST_CASE(second_attempt_is_the_last) {
  World world;
  GuestWriter writer(sdk::Host(&world.host), 1ms);
  writer.written("c1", "");
  writer.written("c2", "");
  world.fail_next({GANTRY_EXHAUSTED, GANTRY_INTERNAL});
  writer.update("c1", gives("# one\n"));
  BOOST_TEST(world.sees_attempts(2));
  world.fail_next({GANTRY_EXHAUSTED});
  writer.update("c2", gives("# two\n"));  // its second attempt would come after another of c1
  BOOST_TEST(world.comes_to_have("two"));
  BOOST_TEST(world.attempts() == 4);
}

BOOST_AUTO_TEST_CASE(change_after_the_second_attempt_has_two_of_its_own) {
  World world;
  std::atomic<int> number = 1;
  GuestWriter writer(sdk::Host(&world.host), 1ms);
  const auto block = [&number] { return "# name" + std::to_string(number) + "\n"; };
  writer.written("c1", "");
  world.fail_next({GANTRY_EXHAUSTED, GANTRY_INTERNAL});
  writer.update("c1", block);
  BOOST_TEST(world.sees_attempts(2));
  number = 2;
  world.fail_next({GANTRY_EXHAUSTED});
  writer.update("c1", block);
  BOOST_TEST(world.comes_to_have("name2"));
}

BOOST_AUTO_TEST_CASE(container_that_does_not_run_is_left_alone) {
  for (const gantry_status status : {GANTRY_NOT_FOUND, GANTRY_UNAVAILABLE}) {
    World world;
    {
      GuestWriter writer(sdk::Host(&world.host), 0ms);
      writer.written("c1", "");
      world.fail_next({status});
      writer.update("c1", gives("# one\n"));
    }
    BOOST_TEST(world.attempts() == 1);
    BOOST_TEST(world.warnings() == 0);
  }
}

BOOST_AUTO_TEST_CASE(container_that_was_forgotten_gets_no_second_attempt) {
  World world;
  {
    GuestWriter writer(sdk::Host(&world.host), 1h);
    writer.written("c1", "");
    world.fail_next({GANTRY_EXHAUSTED});
    writer.update("c1", gives("# one\n"));
    writer.forget("c1");
  }  // ends without waiting for the hour
  BOOST_TEST(world.attempts() == 1);
}

BOOST_AUTO_TEST_SUITE_END()

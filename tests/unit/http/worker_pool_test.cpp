#include "core/http/worker_pool.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>

using gantry::http::WorkerPool;
using namespace std::chrono_literals;

namespace {

class Gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

}  // namespace

BOOST_AUTO_TEST_CASE(no_task_waits_for_another) {
  WorkerPool pool(128 << 10, 1s);
  Gate gate;
  std::atomic<int> started{0};
  Gate all_started;
  for (int i = 0; i < 100; ++i)
    BOOST_REQUIRE(pool.try_run([&] {
      if (++started == 100) all_started.open();
      gate.pass();
    }));
  all_started.pass();
  BOOST_TEST(pool.threads() == 100u);
  BOOST_TEST(!pool.wait_idle(0ms));
  gate.open();
  BOOST_TEST(pool.wait_idle(20s));
}

BOOST_AUTO_TEST_CASE(an_idle_thread_is_used_again) {
  WorkerPool pool(128 << 10, 60s);
  for (int i = 0; i < 50; ++i) {
    BOOST_REQUIRE(pool.try_run([] {}));
    BOOST_REQUIRE(pool.wait_idle(20s));
    BOOST_TEST(pool.threads() <= 2u);  // one may still be on its way back
  }
}

BOOST_AUTO_TEST_CASE(idle_threads_end) {
  WorkerPool pool(128 << 10, 10ms);
  BOOST_REQUIRE(pool.try_run([] {}));
  BOOST_REQUIRE(pool.wait_idle(20s));
  const auto end = std::chrono::steady_clock::now() + 20s;
  while (pool.threads() > 0 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  BOOST_TEST(pool.threads() == 0u);
  BOOST_TEST(pool.try_run([] {}));
  BOOST_TEST(pool.wait_idle(20s));
}

BOOST_AUTO_TEST_CASE(a_pool_may_go_before_its_tasks) {
  Gate gate, done;
  {
    WorkerPool pool(128 << 10, 1s);
    BOOST_REQUIRE(pool.try_run([&] {
      gate.pass();
      done.open();
    }));
  }
  gate.open();
  done.pass();
}

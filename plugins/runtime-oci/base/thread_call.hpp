// Runs a function on a thread of its own and waits for it: for work that changes what belongs to a
// thread (its namespaces, its file-system root). What it throws is thrown to the caller.
#pragma once

#include <exception>
#include <thread>
#include <utility>

namespace gantry::oci {

template <class F>
void call_on_thread(F&& work) {
  std::exception_ptr failure;
  std::thread thread([&] {
    try {
      work();
    } catch (...) {
      failure = std::current_exception();
    }
  });
  thread.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace gantry::oci

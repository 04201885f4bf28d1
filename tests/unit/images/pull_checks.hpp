// What the tests of pulling share.
#pragma once

#include "tests/unit/images/image_world.hpp"

namespace gantry::test {

inline void check_nothing_left(ImageWorld& world, bool partials_allowed = false) {
  BOOST_TEST(world.images->store.count() == 0u);
  BOOST_TEST(world.runtime.layers.empty());
  BOOST_TEST(world.blobs() == 0u);
  if (!partials_allowed) BOOST_TEST(world.partials() == 0u);
}

// A hook for blob requests only.
inline auto on_blob(const std::string& digest,
                    std::function<bool(const ServedRequest&, Reply&)> action) {
  return [=](const ServedRequest& q, Reply& r) {
    return q.target.find("/blobs/" + digest) != std::string::npos && action(q, r);
  };
}

}  // namespace gantry::test

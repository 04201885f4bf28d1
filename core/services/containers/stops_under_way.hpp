// Who is stopping a container. Of one that is removed at its end, the event `stop` comes before
// `destroy`, as in Docker: then it is the exit path that tells of the stop. Any thread.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "core/domain/container.hpp"
#include "core/state/event_bus.hpp"

namespace gantry::services {

class StopsUnderWay {
 public:
  class Mark {
   public:
    Mark(StopsUnderWay& stops, std::string id);
    ~Mark();
    Mark(const Mark&) = delete;
    Mark& operator=(const Mark&) = delete;
    /// The exit path has told of this stop.
    bool told() const;

   private:
    friend class StopsUnderWay;
    StopsUnderWay& stops_;
    const std::string id_;
    bool told_ = false;  // guarded by stops_.mutex_
  };

  void tell(state::EventBus& events, const domain::ContainerRecord& ended);

 private:
  std::mutex mutex_;
  std::multimap<std::string, Mark*> marks_;
};

}  // namespace gantry::services

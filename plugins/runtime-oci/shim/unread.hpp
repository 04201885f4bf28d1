// Whether the peer of a connected stream socket still has to read what was sent to it.
#pragma once

namespace gantry::shim {

// Of TCP nobody on this side can tell: there it was sent only just.
bool is_unread(int socket);

}  // namespace gantry::shim

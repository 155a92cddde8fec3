// SPDX-License-Identifier: MIT
// What is done with a connection that was given up in the middle of an answer: the server is told
// to stop, and then it is closed. Nobody waits for it.
#pragma once

#include "libpq.hpp"

namespace honeydue {

/// Sends a cancel request on a connection of its own, again when nothing shows that it has stopped
/// anything, and closes `given_up` then: a pooler knows the client it comes from no longer than
/// that.
/// With libpq 17 the request is protected as the connection is. Older ones know it only in plain
/// text: whoever reads it on the wire learns the number that cancels statements of this connection,
/// which has none left.
/// Cost: no round trip of the caller's; a thread for as long as it takes. Beyond 32 of them the
/// connection is only closed.
void cancel_and_close(libpq::connection_ptr given_up) noexcept;

}  // namespace honeydue

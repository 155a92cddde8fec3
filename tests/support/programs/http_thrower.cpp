// SPDX-License-Identifier: MIT
// An HTTP server whose only handler throws, under the API's handler of exceptions.
#include <httplib.h>

#include <iostream>
#include <stdexcept>

#include "api/framing.hpp"

int main() {
    httplib::Server http;
    http.set_exception_handler(api::refuse_thrown);
    const auto answer = [](const httplib::Request& request, httplib::Response& to) {
        to.set_header("X-Begun", "yes");
        if (request.path == "/odd/") throw 7;
        throw std::runtime_error("the secret of it");
    };
    http.Get(".*", answer);
    std::cout << "listening on " << http.bind_to_any_port("127.0.0.1") << std::endl;
    return http.listen_after_bind() ? 0 : 1;
}

# SPDX-License-Identifier: MIT
# Breaks a copy of the tree, one way at a time, and requires cmake/layers.cmake to name each break:
# cmake -DROOT=<source tree> -DWORK=<scratch folder> -P negative.cmake
cmake_minimum_required(VERSION 3.25)

# expect_complaint(<sentence> <file> <line added to it> [<file> <line>]…)
function(expect_complaint sentence)
    file(REMOVE_RECURSE ${WORK})
    file(COPY ${ROOT}/include ${ROOT}/src DESTINATION ${WORK})
    set(breaks ${ARGN})
    while(breaks)
        list(POP_FRONT breaks file line)
        file(APPEND ${WORK}/${file} "\n${line}\n")
    endwhile()
    execute_process(COMMAND ${CMAKE_COMMAND} -DROOT=${WORK} -P ${ROOT}/cmake/layers.cmake
        RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
    string(FIND "${output}" "${sentence}" found)
    if(status EQUAL 0 OR found EQUAL -1)
        message(FATAL_ERROR "${ARGN}: must be met by '${sentence}', but was by:\n${output}")
    endif()
endfunction()

set(headers include/honeydue)
expect_complaint("types.hpp (floor 1): includes model.hpp (floor 3) above it"
    ${headers}/types.hpp "#include <honeydue/model.hpp>")
expect_complaint("cycle: error -> types -> error" ${headers}/error.hpp "#include <honeydue/types.hpp>")
expect_complaint("cycle: rows -> statement -> rows"
    ${headers}/statement.hpp "#include \"rows.hpp\"" ${headers}/rows.hpp "#include \"statement.hpp\"")
expect_complaint("error.hpp (floor 0): includes detail/lift.hpp (floor 6) above it"
    ${headers}/error.hpp "#include <honeydue/detail/lift.hpp>"
    ${headers}/detail/lift.hpp "#include \"../batch.hpp\"" ${headers}/batch.hpp "#pragma once")
expect_complaint("attic.hpp: stands on no floor" ${headers}/attic.hpp "#pragma once")
expect_complaint("error.hpp: includes cellar.hpp, which does not exist"
    ${headers}/error.hpp "#include <honeydue/cellar.hpp>")
expect_complaint("types.hpp: a public header must not include <iostream>"
    ${headers}/types.hpp "#include <iostream>")
expect_complaint("types.hpp: a public header must not include <fmt/format.h>"
    ${headers}/types.hpp "#  include <fmt/format.h>")
expect_complaint("types.hpp: includes <boost/pfr.hpp>; only"
    ${headers}/types.hpp "#include <boost/pfr.hpp>")
expect_complaint("src/error.cpp: includes <libpq-fe.h>; only"
    src/error.cpp "#include <libpq-fe.h>")
file(REMOVE_RECURSE ${WORK})
message(NOTICE "layers: every break was named")

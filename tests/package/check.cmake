# SPDX-License-Identifier: MIT
# Builds and runs the consumer beside this file: MODE find_package uses an installed copy of BUILD,
# MODE add_subdirectory the source tree ROOT. With the installed copy, examples/bookings is built
# and run too, on servers of its own that SERVERS starts.
# cmake -DMODE=… -DROOT=… -DBUILD=… -DCONFIG=… -DCOMPILER=… -DFLAGS=… -DWORK=<scratch>
#       -DSERVERS=… -P check.cmake
cmake_minimum_required(VERSION 3.25)

function(run)
    execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(REMOVE_RECURSE ${WORK})
if(MODE STREQUAL "find_package")
    run(${CMAKE_COMMAND} --install ${BUILD} --config ${CONFIG} --prefix ${WORK}/prefix)
    set(ENV{CMAKE_PREFIX_PATH} ${WORK}/prefix:${ROOT}/.deps)
    set(where "")
else()
    set(where -DHONEYDUE_SOURCE=${ROOT})
endif()

function(build project into)
    run(${CMAKE_COMMAND} -S ${project} -B ${into} -G Ninja
        -DCMAKE_BUILD_TYPE=${CONFIG} -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_CXX_FLAGS=${FLAGS}
        -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER} ${where})
    run(${CMAKE_COMMAND} --build ${into})
endfunction()

build(${CMAKE_CURRENT_LIST_DIR} ${WORK}/build)
run(${WORK}/build/consumer)
if(MODE STREQUAL "find_package" AND SERVERS)
    build(${ROOT}/examples/bookings ${WORK}/bookings)
    run(${SERVERS} -- ${WORK}/bookings/bookings ${ROOT}/examples/bookings/migrations)
endif()
file(REMOVE_RECURSE ${WORK})

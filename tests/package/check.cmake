# SPDX-License-Identifier: MIT
# Builds and runs the consumer beside this file: MODE find_package uses an installed copy of BUILD,
# MODE add_subdirectory the source tree ROOT.
# cmake -DMODE=… -DROOT=… -DBUILD=… -DCONFIG=… -DCOMPILER=… -DFLAGS=… -DWORK=<scratch> -P check.cmake
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
run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${WORK}/build -G Ninja
    -DCMAKE_BUILD_TYPE=${CONFIG} -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_CXX_FLAGS=${FLAGS}
    -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER} ${where})
run(${CMAKE_COMMAND} --build ${WORK}/build)
run(${WORK}/build/consumer)
file(REMOVE_RECURSE ${WORK})

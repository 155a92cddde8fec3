# SPDX-License-Identifier: MIT
# One case of misuse: CASE must not compile, its first line with "error:" must hold the sentence after
# "// expect:", and with -DHONEYDUE_FIXED it must compile, so that it fails for that reason only.
# cmake -DCASE=<file> -DCOMPILER=<c++> -DHEADERS=<file> -DINCLUDES=<dir:dir…> -P check.cmake
cmake_minimum_required(VERSION 3.25)

file(STRINGS ${CASE} expectation REGEX "^// expect: " LIMIT_COUNT 1)
string(REGEX REPLACE "^// expect: *" "" sentence "${expectation}")
string(STRIP "${sentence}" sentence)
file(STRINGS ${CASE} repair REGEX "HONEYDUE_FIXED" LIMIT_COUNT 1)
if(sentence STREQUAL "" OR repair STREQUAL "")
    message(FATAL_ERROR "${CASE}: needs a line '// expect: <sentence>' and a part for HONEYDUE_FIXED")
endif()

string(REPLACE ":" ";" includes "${INCLUDES}")
list(REMOVE_DUPLICATES includes)
list(TRANSFORM includes PREPEND "-I")

function(compile status output)
    execute_process(
        COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C
            ${COMPILER} -std=c++20 -fsyntax-only ${ARGN} ${includes} -include ${HEADERS} ${CASE}
        RESULT_VARIABLE result OUTPUT_VARIABLE text ERROR_VARIABLE text)
    set(${status} ${result} PARENT_SCOPE)
    set(${output} "${text}" PARENT_SCOPE)
endfunction()

compile(broken_status broken_output)
if(broken_status EQUAL 0)
    message(FATAL_ERROR "${CASE}: compiles, but must be refused with '${sentence}'")
endif()
string(REGEX MATCH "[^\n]*error:[^\n]*" first "${broken_output}")
string(FIND "${first}" "${sentence}" found)
if(found EQUAL -1)
    message(FATAL_ERROR "${CASE}: the first error must say\n  ${sentence}\nbut says\n  ${first}\n"
        "${broken_output}")
endif()

compile(fixed_status fixed_output -DHONEYDUE_FIXED)
if(NOT fixed_status EQUAL 0)
    message(FATAL_ERROR "${CASE}: must compile with -DHONEYDUE_FIXED, but:\n${fixed_output}")
endif()
message(NOTICE "refused: ${first}")

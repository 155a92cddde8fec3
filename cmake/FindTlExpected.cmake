# SPDX-License-Identifier: MIT
# Finds tl::expected, a [[nodiscard]] one (1.2 or later) if there is any, so that a dropped result
# warns. Defines tl::expected.
include(FindPackageHandleStandardArgs)

function(honeydue_expected_is_nodiscard answer candidate)
    set(header ${candidate})
    if(IS_DIRECTORY ${candidate})
        set(header ${candidate}/tl/expected.hpp)
    endif()
    file(STRINGS ${header} marks REGEX nodiscard LIMIT_COUNT 1)
    if(NOT marks)
        set(${answer} FALSE PARENT_SCOPE)
    endif()
endfunction()

if(TARGET tl::expected)
    get_target_property(TlExpected_TARGET_DIRS tl::expected INTERFACE_INCLUDE_DIRECTORIES)
endif()
find_path(TlExpected_INCLUDE_DIR tl/expected.hpp HINTS ${TlExpected_TARGET_DIRS}
    PATHS ${HONEYDUE_DEPS}/include VALIDATOR honeydue_expected_is_nodiscard)
if(NOT TlExpected_INCLUDE_DIR)
    find_path(TlExpected_INCLUDE_DIR tl/expected.hpp HINTS ${TlExpected_TARGET_DIRS})
    if(TlExpected_INCLUDE_DIR)
        message(STATUS "tl::expected: this one is not [[nodiscard]]; dropped results will not warn")
    endif()
endif()
find_package_handle_standard_args(TlExpected REQUIRED_VARS TlExpected_INCLUDE_DIR
    REASON_FAILURE_MESSAGE
    "tl-expected is needed, and CMAKE_PREFIX_PATH may say where it is")
mark_as_advanced(TlExpected_INCLUDE_DIR)
if(TlExpected_FOUND AND NOT TARGET tl::expected)
    add_library(tl::expected INTERFACE IMPORTED)
    set_target_properties(tl::expected PROPERTIES
        INTERFACE_INCLUDE_DIRECTORIES "${TlExpected_INCLUDE_DIR}")
endif()

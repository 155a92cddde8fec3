# SPDX-License-Identifier: MIT
# Finds libpq's client side only; CMake's own FindPostgreSQL also wants the server's headers.
# Defines LibPQ::LibPQ.
include(FindPackageHandleStandardArgs)
find_package(PkgConfig QUIET)
if(PkgConfig_FOUND)
    pkg_check_modules(LibPQ_PC QUIET libpq)
endif()
find_path(LibPQ_INCLUDE_DIR libpq-fe.h HINTS ${LibPQ_PC_INCLUDE_DIRS}
    PATHS ${HONEYDUE_DEPS}/include /opt/homebrew/opt/libpq/include /usr/local/opt/libpq/include
    PATH_SUFFIXES postgresql)
find_library(LibPQ_LIBRARY NAMES pq libpq HINTS ${LibPQ_PC_LIBRARY_DIRS}
    PATHS ${HONEYDUE_DEPS}/lib /opt/homebrew/opt/libpq/lib /usr/local/opt/libpq/lib)
find_package_handle_standard_args(LibPQ REQUIRED_VARS LibPQ_LIBRARY LibPQ_INCLUDE_DIR
    VERSION_VAR LibPQ_PC_VERSION)
mark_as_advanced(LibPQ_INCLUDE_DIR LibPQ_LIBRARY)
if(LibPQ_FOUND AND NOT TARGET LibPQ::LibPQ)
    add_library(LibPQ::LibPQ UNKNOWN IMPORTED)
    set_target_properties(LibPQ::LibPQ PROPERTIES IMPORTED_LOCATION "${LibPQ_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${LibPQ_INCLUDE_DIR}")
endif()

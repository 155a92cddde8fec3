# SPDX-License-Identifier: MIT
# Finds hiredis: the package files of the releases disagree about target and folder. Defines
# Hiredis::Hiredis. Its TLS half is not needed.
include(FindPackageHandleStandardArgs)
find_path(Hiredis_INCLUDE_DIR hiredis/hiredis.h PATHS ${HONEYDUE_DEPS}/include)
find_library(Hiredis_LIBRARY NAMES hiredis PATHS ${HONEYDUE_DEPS}/lib)
if(Hiredis_INCLUDE_DIR)
    file(STRINGS ${Hiredis_INCLUDE_DIR}/hiredis/hiredis.h parts
        REGEX "^#define HIREDIS_(MAJOR|MINOR|PATCH) [0-9]+")
    list(TRANSFORM parts REPLACE "^.* " "")
    list(JOIN parts "." Hiredis_VERSION)
endif()
find_package_handle_standard_args(Hiredis REQUIRED_VARS Hiredis_LIBRARY Hiredis_INCLUDE_DIR
    VERSION_VAR Hiredis_VERSION)
mark_as_advanced(Hiredis_INCLUDE_DIR Hiredis_LIBRARY)
if(Hiredis_FOUND AND NOT TARGET Hiredis::Hiredis)
    add_library(Hiredis::Hiredis UNKNOWN IMPORTED)
    set_target_properties(Hiredis::Hiredis PROPERTIES IMPORTED_LOCATION "${Hiredis_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${Hiredis_INCLUDE_DIR}")
endif()

# SPDX-License-Identifier: MIT
# Finds cpp-httplib by its own package, or by pkg-config where the distribution compiles it (Debian).
# Defines httplib::httplib.
include(FindPackageHandleStandardArgs)
find_package(httplib CONFIG QUIET)
if(NOT TARGET httplib::httplib)
    find_package(PkgConfig QUIET)
    if(PkgConfig_FOUND)
        pkg_check_modules(CppHttplib_PC QUIET IMPORTED_TARGET cpp-httplib)
    endif()
    if(TARGET PkgConfig::CppHttplib_PC)
        add_library(httplib::httplib INTERFACE IMPORTED)
        set_target_properties(httplib::httplib PROPERTIES
            INTERFACE_LINK_LIBRARIES PkgConfig::CppHttplib_PC)
    endif()
endif()
if(TARGET httplib::httplib)
    set(CppHttplib_TARGET httplib::httplib)
endif()
find_package_handle_standard_args(CppHttplib REQUIRED_VARS CppHttplib_TARGET)

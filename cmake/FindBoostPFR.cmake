# SPDX-License-Identifier: MIT
# Finds Boost.PFR with member names (Boost 1.84 or later), alone or as a part of Boost.
# Defines BoostPFR::BoostPFR.
include(FindPackageHandleStandardArgs)
find_path(BoostPFR_INCLUDE_DIR boost/pfr/core_name.hpp PATHS ${HONEYDUE_DEPS}/include)
find_package_handle_standard_args(BoostPFR REQUIRED_VARS BoostPFR_INCLUDE_DIR
    REASON_FAILURE_MESSAGE "Boost >= 1.84 is needed, and CMAKE_PREFIX_PATH may say where it is")
mark_as_advanced(BoostPFR_INCLUDE_DIR)
if(BoostPFR_FOUND AND NOT TARGET BoostPFR::BoostPFR)
    add_library(BoostPFR::BoostPFR INTERFACE IMPORTED)
    set_target_properties(BoostPFR::BoostPFR PROPERTIES
        INTERFACE_INCLUDE_DIRECTORIES "${BoostPFR_INCLUDE_DIR}")
endif()

# SPDX-License-Identifier: MIT
# Uses ccache when it is installed and the user has chosen no launcher.
find_program(HONEYDUE_CCACHE ccache)
mark_as_advanced(HONEYDUE_CCACHE)
if(HONEYDUE_CCACHE AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${HONEYDUE_CCACHE})
endif()

# SPDX-License-Identifier: MIT
# The component honeydue::redis, the shared tier over Redis: built when hiredis and OpenSSL are there.
find_package(Hiredis 0.14.1 MODULE QUIET)
find_package(OpenSSL QUIET COMPONENTS SSL)
file(GLOB redis_sources CONFIGURE_DEPENDS src/redis*.cpp)
if(NOT Hiredis_FOUND OR NOT OpenSSL_FOUND)
    message(STATUS "hiredis or OpenSSL: not found; the component honeydue::redis is left out "
        "(Debian: libhiredis-dev libssl-dev)")
elseif(redis_sources)
    add_library(honeydue_redis STATIC ${redis_sources})
    add_library(honeydue::redis ALIAS honeydue_redis)
    set_target_properties(honeydue_redis PROPERTIES
        EXPORT_NAME redis POSITION_INDEPENDENT_CODE ON)
    target_link_libraries(honeydue_redis
        PUBLIC honeydue::honeydue PRIVATE Hiredis::Hiredis OpenSSL::SSL fmt::fmt)
    honeydue_own(honeydue_redis)
    if(HONEYDUE_INSTALL)
        install(TARGETS honeydue_redis EXPORT honeydue-redis-targets)
        install(EXPORT honeydue-redis-targets NAMESPACE honeydue::
            DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/honeydue)
        install(FILES cmake/FindHiredis.cmake
            DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/honeydue)
    endif()
endif()

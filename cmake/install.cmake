# SPDX-License-Identifier: MIT
# Installs the library, its headers and the CMake package that find_package(honeydue) reads.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(honeydue_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/honeydue)

install(TARGETS honeydue EXPORT honeydue-targets FILE_SET HEADERS)
install(EXPORT honeydue-targets NAMESPACE honeydue:: DESTINATION ${honeydue_package_dir})
configure_package_config_file(cmake/honeydue-config.cmake.in honeydue-config.cmake
    INSTALL_DESTINATION ${honeydue_package_dir})
write_basic_package_version_file(honeydue-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES
    ${PROJECT_BINARY_DIR}/honeydue-config.cmake
    ${PROJECT_BINARY_DIR}/honeydue-config-version.cmake
    cmake/FindLibPQ.cmake cmake/FindBoostPFR.cmake cmake/FindTlExpected.cmake
    DESTINATION ${honeydue_package_dir})

# SPDX-License-Identifier: MIT
# Finds what honeydue builds on: a package of the system (or of vcpkg, Conan, Homebrew) first, the
# folder .deps that scripts/setup fills second, a pinned release fetched from its home third.
include(FetchContent)
set(HONEYDUE_DEPS ${CMAKE_CURRENT_LIST_DIR}/../.deps)

# Header-only libraries are fetched as files, and become imported targets like found ones.
macro(honeydue_fetch_headers name repository tag folder)
    message(STATUS "${name}: not found; fetching ${tag}")
    FetchContent_Declare(${name} GIT_REPOSITORY ${repository} GIT_TAG ${tag} GIT_SHALLOW ON
        SOURCE_SUBDIR no-cmake-project-wanted)
    FetchContent_MakeAvailable(${name})
    string(TOLOWER ${name} honeydue_lower)
    set(${name}_INCLUDE_DIR ${${honeydue_lower}_SOURCE_DIR}/${folder} CACHE PATH "" FORCE)
    find_package(${name} MODULE REQUIRED)
endmacro()

macro(honeydue_fetch name repository tag)
    message(STATUS "${name}: not found; fetching ${tag}")
    FetchContent_Declare(${name} GIT_REPOSITORY ${repository} GIT_TAG ${tag} GIT_SHALLOW ON SYSTEM)
    FetchContent_MakeAvailable(${name})
endmacro()

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(LibPQ MODULE)
if(NOT LibPQ_FOUND)
    message(FATAL_ERROR "libpq: not found; install libpq-dev (Debian), libpq (Homebrew, vcpkg, "
        "Conan) or set CMAKE_PREFIX_PATH to where it is")
endif()

find_package(BoostPFR MODULE QUIET)
if(NOT BoostPFR_FOUND)
    honeydue_fetch_headers(BoostPFR https://github.com/boostorg/pfr.git boost-1.88.0 include)
endif()

find_package(TlExpected MODULE QUIET)
if(NOT TlExpected_FOUND)
    honeydue_fetch_headers(TlExpected https://github.com/TartanLlama/expected.git v1.3.1 include)
endif()

find_package(fmt CONFIG QUIET PATHS ${HONEYDUE_DEPS})
if(NOT fmt_FOUND)
    set(FMT_INSTALL ON)
    honeydue_fetch(fmt https://github.com/fmtlib/fmt.git 10.2.1)
endif()

if(HONEYDUE_BUILD_TESTS)
    find_package(Catch2 3 CONFIG QUIET PATHS ${HONEYDUE_DEPS})
    if(NOT Catch2_FOUND)
        honeydue_fetch(Catch2 https://github.com/catchorg/Catch2.git v3.7.1)
    endif()
endif()

if(HONEYDUE_BUILD_BENCHMARKS)
    find_package(benchmark CONFIG QUIET PATHS ${HONEYDUE_DEPS})
    if(NOT benchmark_FOUND)
        set(BENCHMARK_ENABLE_TESTING OFF)
        honeydue_fetch(benchmark https://github.com/google/benchmark.git v1.9.1)
    endif()
endif()

if(HONEYDUE_BUILD_EXAMPLES OR HONEYDUE_BUILD_TESTS)
    find_package(CppHttplib MODULE QUIET)
    if(NOT CppHttplib_FOUND)
        set(HTTPLIB_COMPILE ON)
        honeydue_fetch(httplib https://github.com/yhirose/cpp-httplib.git v0.18.3)
    endif()
    find_package(OpenSSL REQUIRED COMPONENTS Crypto)
    find_package(nlohmann_json CONFIG QUIET PATHS ${HONEYDUE_DEPS})
    if(NOT nlohmann_json_FOUND)
        honeydue_fetch(nlohmann_json https://github.com/nlohmann/json.git v3.11.3)
    endif()
    find_package(CLI11 CONFIG QUIET PATHS ${HONEYDUE_DEPS})
    if(NOT CLI11_FOUND)
        honeydue_fetch(CLI11 https://github.com/CLIUtils/CLI11.git v2.4.2)
    endif()
endif()

# SPDX-License-Identifier: MIT
# The Conan 2 recipe: packages honeydue, and gives developers what its tests and examples need.
from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout


class Honeydue(ConanFile):
    name = "honeydue"
    version = "0.1.0"
    description = "Data access for a PostgreSQL that is far away"
    license = "MIT"
    package_type = "static-library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"redis": [True, False]}
    default_options = {"redis": True}
    exports_sources = "CMakeLists.txt", "LICENSE", "cmake/*", "include/*", "src/*"

    def layout(self):
        cmake_layout(self)

    def requirements(self):
        self.requires("boost/1.86.0", transitive_headers=True, options={"header_only": True})
        self.requires("tl-expected/[>=1.1]", transitive_headers=True)
        self.requires("fmt/[>=9]")
        self.requires("libpq/[>=15]")
        if self.options.redis:
            self.requires("hiredis/[>=0.14.1]")
            self.requires("openssl/[>=1.1 <4]")

    def build_requirements(self):
        self.test_requires("catch2/[>=3]")
        self.test_requires("benchmark/[>=1.7]")
        self.test_requires("cpp-httplib/[>=0.11]")
        self.test_requires("cli11/[>=2]")
        self.test_requires("nlohmann_json/[>=3.11]")

    def validate(self):
        check_min_cppstd(self, 20)

    def generate(self):
        CMakeDeps(self).generate()
        toolchain = CMakeToolchain(self)
        for part in ("TESTS", "EXAMPLES", "BENCHMARKS"):
            toolchain.cache_variables[f"HONEYDUE_BUILD_{part}"] = False
        toolchain.cache_variables["CMAKE_DISABLE_FIND_PACKAGE_Hiredis"] = not self.options.redis
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install()

    def package_info(self):
        core = self.cpp_info.components["honeydue"]
        core.libs = ["honeydue"]
        core.set_property("cmake_target_name", "honeydue::honeydue")
        core.requires = [
            "boost::headers", "tl-expected::tl-expected", "fmt::fmt", "libpq::libpq",
        ]
        if self.options.redis:
            redis = self.cpp_info.components["redis"]
            redis.libs = ["honeydue_redis"]
            redis.set_property("cmake_target_name", "honeydue::redis")
            redis.requires = ["honeydue", "hiredis::hiredis", "openssl::openssl"]

# The libraries of DESIGN: Debian's own, apart from libcurl (HTTP alone: with Debian's, loading some thirty libraries
# that we never call is most of a short run) and, on Debian 12, hiredis (with TLS) and Catch2 3. deploy/setup puts these
# under .deps; a libcurl of the system serves as well.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(CURL 7.88 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(spdlog REQUIRED)  # its headers: one file of ours needs them, and a library less is loaded
target_compile_definitions(spdlog::spdlog_header_only INTERFACE FMT_HEADER_ONLY)
find_package(CLI11 REQUIRED)
find_package(simdjson REQUIRED)
pkg_check_modules(HIREDIS REQUIRED IMPORTED_TARGET hiredis_ssl>=1.2 hiredis>=1.2)
target_link_libraries(PkgConfig::HIREDIS INTERFACE OpenSSL::SSL OpenSSL::Crypto)  # static linking needs this order

# Debian's cctz comes without a CMake package.
find_path(CCTZ_INCLUDE_DIR cctz/time_zone.h REQUIRED)
find_library(CCTZ_LIBRARY cctz REQUIRED)
add_library(cctz::cctz UNKNOWN IMPORTED)
set_target_properties(cctz::cctz PROPERTIES IMPORTED_LOCATION ${CCTZ_LIBRARY}
                                            INTERFACE_INCLUDE_DIRECTORIES ${CCTZ_INCLUDE_DIR})

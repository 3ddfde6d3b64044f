# The libraries of DESIGN: Debian's own, apart from libcurl (HTTP alone: with Debian's, loading some thirty libraries
# that we never call is most of a short run) and, on Debian 12, what the tests need of hiredis (with TLS) and Catch2 3. deploy/setup puts these
# under .deps; a libcurl of the system serves as well.
option(PREWARM_STATIC "Take OpenSSL, SQLite, nghttp2 and zlib into the executable where Debian has them as archives" OFF)
set(static OFF)
if(PREWARM_STATIC)
  foreach(prefix ${CMAKE_PREFIX_PATH})
    if(EXISTS ${prefix}/lib/cmake/CURL/CURLConfig.cmake)
      set(static ON)
    endif()
  endforeach()
  if(static)
    list(PREPEND CMAKE_FIND_LIBRARY_SUFFIXES .a)
  else()
    message(STATUS "libcurl is the system's and needs OpenSSL as a shared library, so the others stay shared too")
  endif()
endif()
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
if(PREWARM_TESTS)  # another's client, to compare ours with: its answers in the tests, its speed in the benchmarks
  pkg_check_modules(HIREDIS REQUIRED IMPORTED_TARGET hiredis_ssl>=1.2 hiredis>=1.2)
  target_link_libraries(PkgConfig::HIREDIS INTERFACE OpenSSL::SSL OpenSSL::Crypto)  # static linking needs this order
endif()

# Debian's cctz comes without a CMake package.
find_path(CCTZ_INCLUDE_DIR cctz/time_zone.h REQUIRED)
find_library(CCTZ_LIBRARY cctz REQUIRED)
add_library(cctz::cctz UNKNOWN IMPORTED)
set_target_properties(cctz::cctz PROPERTIES IMPORTED_LOCATION ${CCTZ_LIBRARY}
                                            INTERFACE_INCLUDE_DIRECTORIES ${CCTZ_INCLUDE_DIR})

if(static)
  # What an archive needs in its turn: pkg-config knows it of OpenSSL (Debian 13's can compress), SQLite wants libm.
  pkg_check_modules(CRYPTO_ARCHIVE REQUIRED libcrypto)
  list(REMOVE_ITEM CRYPTO_ARCHIVE_STATIC_LIBRARIES crypto)
  target_link_libraries(OpenSSL::Crypto INTERFACE ${CRYPTO_ARCHIVE_STATIC_LIBRARIES})
  target_link_libraries(SQLite::SQLite3 INTERFACE m)
  # Our libcurl was configured with nghttp2's shared library, and names it by its path.
  find_library(NGHTTP2_LIBRARY nghttp2)
  foreach(target CURL::libcurl CURL::libcurl_static)
    if(NGHTTP2_LIBRARY AND TARGET ${target})
      get_target_property(libraries ${target} INTERFACE_LINK_LIBRARIES)
      list(TRANSFORM libraries REPLACE "^/.*/libnghttp2\\.so$" ${NGHTTP2_LIBRARY})
      set_property(TARGET ${target} PROPERTY INTERFACE_LINK_LIBRARIES "${libraries}")
    endif()
  endforeach()
endif()

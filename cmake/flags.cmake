# Warnings, hardening and sanitizers, in one interface target that every target of ours links.
add_library(prewarm_flags INTERFACE)
target_link_libraries(prewarm_flags INTERFACE Threads::Threads)
target_compile_options(prewarm_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual
  $<$<BOOL:${PREWARM_WERROR}>:-Werror>)
target_compile_definitions(prewarm_flags INTERFACE _GLIBCXX_ASSERTIONS PREWARM_VERSION="${PROJECT_VERSION}")

if(PREWARM_PLANTS)
  target_compile_definitions(prewarm_flags INTERFACE PREWARM_PLANTS)
endif()

if(PREWARM_SANITIZE)
  target_compile_definitions(prewarm_flags INTERFACE PREWARM_SANITIZED)
  target_compile_options(prewarm_flags INTERFACE -fsanitize=${PREWARM_SANITIZE} -fno-sanitize-recover=all
                                                 -fno-omit-frame-pointer -g1)
  target_link_options(prewarm_flags INTERFACE -fsanitize=${PREWARM_SANITIZE})
else()
  set(optimized $<CONFIG:Release,RelWithDebInfo>)
  target_compile_options(prewarm_flags INTERFACE
    -fstack-protector-strong -fstack-clash-protection
    $<${optimized}:-U_FORTIFY_SOURCE> $<${optimized}:-D_FORTIFY_SOURCE=3>
    $<${optimized}:-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=>)  # no path of the building machine in what is shipped
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    target_compile_options(prewarm_flags INTERFACE -fcf-protection)
  elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
    target_compile_options(prewarm_flags INTERFACE -mbranch-protection=standard)
  endif()
  # The C++ runtime stays shared: simdjson and cctz bring it along anyway, and two copies start no faster.
  target_link_options(prewarm_flags INTERFACE -Wl,--as-needed -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
endif()

# Position-independent executables, whatever the compiler's own default is.
include(CheckPIESupported)
check_pie_supported(OUTPUT_VARIABLE pie_output LANGUAGES CXX)
if(NOT CMAKE_CXX_LINK_PIE_SUPPORTED)
  message(FATAL_ERROR "the compiler makes no position-independent executables: ${pie_output}")
endif()

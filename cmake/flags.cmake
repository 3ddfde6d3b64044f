# Warnings, hardening and sanitizers, in one interface target that every target of ours links.
add_library(prewarm_flags INTERFACE)
target_link_libraries(prewarm_flags INTERFACE Threads::Threads)
target_compile_options(prewarm_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual
  $<$<BOOL:${PREWARM_WERROR}>:-Werror>)
target_compile_definitions(prewarm_flags INTERFACE _GLIBCXX_ASSERTIONS PREWARM_VERSION="${PROJECT_VERSION}")

if(PREWARM_SANITIZE)
  target_compile_options(prewarm_flags INTERFACE -fsanitize=${PREWARM_SANITIZE} -fno-sanitize-recover=all
                                                 -fno-omit-frame-pointer -g1)
  target_link_options(prewarm_flags INTERFACE -fsanitize=${PREWARM_SANITIZE})
else()
  target_compile_options(prewarm_flags INTERFACE -fstack-protector-strong -fcf-protection
                                                 $<$<CONFIG:Release,RelWithDebInfo>:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3>)
  target_link_options(prewarm_flags INTERFACE -Wl,-z,relro -Wl,-z,now)
endif()

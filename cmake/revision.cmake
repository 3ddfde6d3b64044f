# "prewarm/revision.hpp" with PREWARM_REVISION: the commit that is built, as the checkout has it when CMake runs, or as
# given (-DPREWARM_REVISION=3be1c07, where the sources come without their history). Only who includes it is rebuilt, and
# CMake runs again when HEAD moves.
set(PREWARM_REVISION "" CACHE STRING "Commit that is built; empty: ask git")
set(revision ${PREWARM_REVISION})
if(NOT revision)
  execute_process(COMMAND git rev-parse --path-format=absolute --git-path logs/HEAD WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
                  OUTPUT_VARIABLE head_log OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(EXISTS "${head_log}")
    set_property(DIRECTORY ${CMAKE_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${head_log})
  endif()
  execute_process(COMMAND git rev-parse --short=7 HEAD WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
                  OUTPUT_VARIABLE revision OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(NOT revision)
  set(revision unknown)
endif()
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/prewarm/revision.hpp
     CONTENT "// Made by cmake/revision.cmake.\n#pragma once\n#define PREWARM_REVISION \"${revision}\"\n")

# What is shipped comes with the list of what is in it: prewarm.cdx.json beside the executable, made from the linker's map.
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_link_options(prewarm PRIVATE -Wl,-Map=$<TARGET_FILE:prewarm>.map)
  set(bill ${CMAKE_BINARY_DIR}/prewarm.cdx.json)
  set(bill_maker ${CMAKE_SOURCE_DIR}/deploy/bill-of-materials)
  add_custom_command(OUTPUT ${bill} DEPENDS prewarm ${bill_maker}
                     COMMAND ${bill_maker} $<TARGET_FILE:prewarm> > ${bill}.new && mv ${bill}.new ${bill}
                     COMMENT "Listing what is linked in prewarm.cdx.json")
  add_custom_target(bill_of_materials ALL DEPENDS ${bill})
endif()

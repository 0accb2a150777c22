# The folder share/ becomes constant tables (src/share/share.h), rewritten when a file comes, goes or changes.
add_executable(embed tools/embed.c)
file(GLOB_RECURSE share_inputs CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/share/*")
list(JOIN share_inputs "\n" share_list)
file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/share.list" CONTENT "${share_list}\n" @ONLY)
set(SHARE_C "${CMAKE_BINARY_DIR}/share.c")
add_custom_command(
  OUTPUT "${SHARE_C}"
  COMMAND embed "${CMAKE_SOURCE_DIR}/share" "${SHARE_C}"
  DEPENDS embed ${share_inputs} "${CMAKE_BINARY_DIR}/share.list"
  VERBATIM)
# Generated: long string literals, nothing to warn about.
set_source_files_properties("${SHARE_C}" PROPERTIES COMPILE_OPTIONS "-w")

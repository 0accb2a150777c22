# `make install`: the program, its documents, its man pages, its unit for systemd.
include(GNUInstallDirs)
if(TARGET dialtone)
  install(TARGETS dialtone RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()
foreach(document README.md LICENSE)
  if(EXISTS "${CMAKE_SOURCE_DIR}/${document}")
    install(FILES "${CMAKE_SOURCE_DIR}/${document}" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
  endif()
endforeach()
if(IS_DIRECTORY "${CMAKE_SOURCE_DIR}/docs")
  install(DIRECTORY "${CMAKE_SOURCE_DIR}/docs/" DESTINATION "${CMAKE_INSTALL_DOCDIR}/docs")
endif()
# Man page and completion are what the program itself tells.
if(TARGET dialtone)
  foreach(text IN ITEMS man completion)
    add_custom_command(OUTPUT "${CMAKE_BINARY_DIR}/dialtone.${text}"
      COMMAND dialtone help --${text} > "${CMAKE_BINARY_DIR}/dialtone.${text}" DEPENDS dialtone VERBATIM)
    list(APPEND told "${CMAKE_BINARY_DIR}/dialtone.${text}")
  endforeach()
  add_custom_target(told ALL DEPENDS ${told})
  install(FILES "${CMAKE_BINARY_DIR}/dialtone.man" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1" RENAME dialtone.1)
  install(FILES "${CMAKE_BINARY_DIR}/dialtone.completion"
    DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions" RENAME dialtone)
  # The prefix is known when it is installed.
  install(CODE "set(bin \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}\")
    configure_file(\"${CMAKE_SOURCE_DIR}/systemd/dialtone.service.in\" \"${CMAKE_BINARY_DIR}/dialtone.service\" @ONLY)")
  install(FILES "${CMAKE_BINARY_DIR}/dialtone.service" DESTINATION lib/systemd/system)
endif()

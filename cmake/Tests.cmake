# Unit tests, fuzz targets, end-to-end tests, test tools and benchmarks.
set(TOOLS_DIR "${CMAKE_BINARY_DIR}/tools")
set(TEST_ENV
  "DIALTONE=${DIALTONE_PROGRAM_DIR}/dialtone" "SRC=${CMAKE_SOURCE_DIR}" "TOOLS=${TOOLS_DIR}"
  "ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1"
  "UBSAN_OPTIONS=print_stacktrace=1" "LC_ALL=C.UTF-8" "TZ=UTC")

# Every test gets a private TMPDIR that is removed afterwards.
function(test_register name)
  add_test(NAME "${name}" COMMAND "${CMAKE_SOURCE_DIR}/scripts/in-tmpdir" ${ARGN}
    WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
  set_tests_properties("${name}" PROPERTIES ENVIRONMENT "${TEST_ENV}" SKIP_RETURN_CODE 77 TIMEOUT 300)
endfunction()


# Each of a module's X_fuzz.c; the corpus is test/corpus/X.
function(fuzz_add module target)
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/src/${module}/*_fuzz.c")
  foreach(source IN LISTS sources)
    get_filename_component(base "${source}" NAME_WE)
    string(REGEX REPLACE "_fuzz$" "" name "${base}")
    if(TARGET "fuzz_${name}")
      message(FATAL_ERROR "two fuzz targets are called ${name}; they would share a corpus")
    endif()
    add_executable("fuzz_${name}" "${source}")
    target_link_libraries("fuzz_${name}" PRIVATE "${target}")
    set_target_properties("fuzz_${name}" PROPERTIES
      OUTPUT_NAME "${name}" RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/fuzz")
    if(DIALTONE_FUZZ)
      target_link_options("fuzz_${name}" PRIVATE -fsanitize=fuzzer)
    else()
      target_sources("fuzz_${name}" PRIVATE "${CMAKE_SOURCE_DIR}/test/fuzz_main.c")
      test_register("src/${module}/${base}" "$<TARGET_FILE:fuzz_${name}>" "${CMAKE_SOURCE_DIR}/test/corpus/${name}")
      add_dependencies("tests_${target}" "fuzz_${name}")
    endif()
    set_source_files_properties("${source}" PROPERTIES COMPILE_OPTIONS "-Wno-missing-prototypes")
  endforeach()
endfunction()

# Each of a module's X_test.c is one cmocka program.
function(unit_add module target)
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/src/${module}/*_test.c")
  foreach(source IN LISTS sources)
    get_filename_component(base "${source}" NAME_WE)
    set(program "unit_${target}_${base}")
    add_executable("${program}" "${source}")
    target_link_libraries("${program}" PRIVATE "${target}" PkgConfig::cmocka)
    set_target_properties("${program}" PROPERTIES
      OUTPUT_NAME "${base}" RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/unit/${module}")
    test_register("src/${module}/${base}" "$<TARGET_FILE:${program}>")
    add_dependencies("tests_${target}" "${program}")
  endforeach()
endfunction()

# Helper programs of one file each, or of a folder of files, made of every module.
function(programs_add kind folder)
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${folder}/*.c" "${CMAKE_SOURCE_DIR}/${folder}/*/main.c")
  add_custom_target("${kind}")
  pkg_check_modules(zlib QUIET IMPORTED_TARGET zlib)
  foreach(source IN LISTS sources)
    get_filename_component(base "${source}" NAME_WE)
    if(base STREQUAL "main")
      get_filename_component(parts "${source}" DIRECTORY)
      get_filename_component(base "${parts}" NAME)
      file(GLOB source CONFIGURE_DEPENDS "${parts}/*.c")
    endif()
    add_executable("${kind}_${base}" EXCLUDE_FROM_ALL ${source})
    target_link_libraries("${kind}_${base}" PRIVATE ${MODULE_TARGETS} PkgConfig::libarchive)
    if(TARGET PkgConfig::zlib)
      target_link_libraries("${kind}_${base}" PRIVATE PkgConfig::zlib)
    endif()
    set_target_properties("${kind}_${base}" PROPERTIES
      OUTPUT_NAME "${base}" RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/${kind}")
    add_dependencies("${kind}" "${kind}_${base}")
  endforeach()
endfunction()

programs_add(tools test/tools)
programs_add(bench bench)

if(DIALTONE_TESTS OR DIALTONE_FUZZ)
  enable_testing()
  if(DIALTONE_TESTS)
    pkg_check_modules(cmocka REQUIRED IMPORTED_TARGET cmocka)
  endif()
  foreach(module IN LISTS MODULES)
    module_target("${module}" target)
    add_custom_target("tests_${target}")
    fuzz_add("${module}" "${target}")
    if(DIALTONE_TESTS)
      unit_add("${module}" "${target}")
    endif()
  endforeach()
endif()

if(DIALTONE_TESTS)
  add_custom_target(test_tools ALL DEPENDS tools)
  file(GLOB scripts CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/test/e2e/[0-9][0-9]-*")
  foreach(script IN LISTS scripts)
    get_filename_component(name "${script}" NAME)
    test_register("test/e2e/${name}" "${script}")
    set_tests_properties("test/e2e/${name}" PROPERTIES TIMEOUT 900) # browsers, tshark: on a machine that does much else
  endforeach()
endif()

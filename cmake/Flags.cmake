# Compiler flags: warnings as errors, hardening, sanitizers. Everything is built with them.
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set_property(GLOBAL PROPERTY RULE_MESSAGES OFF)
set_property(GLOBAL PROPERTY TARGET_MESSAGES OFF)

set(CMAKE_C_FLAGS_RELEASE "-O2 -g")
set(CMAKE_C_FLAGS_DEBUG "-O1 -g -fno-omit-frame-pointer")

add_compile_options(
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes
  -Wmissing-prototypes -Wwrite-strings -Wpointer-arith -Wcast-qual -Wvla -Wformat=2
  -Wimplicit-fallthrough -Wundef -Wnull-dereference -Werror
  -fstack-protector-strong)
# Absolute paths of the build machine stay out of the program.
add_compile_options("-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=")

# -fPIE for the libraries too: under -fPIC every function could be replaced at run time, so none is inlined.
add_compile_options(-fPIE)
add_link_options(-pie -Wl,-z,relro,-z,now -Wl,--as-needed)
include(CheckCCompilerFlag)
foreach(flag -fstack-clash-protection -fcf-protection)
  string(MAKE_C_IDENTIFIER "has${flag}" has)
  check_c_compiler_flag(${flag} ${has})
  if(${has})
    add_compile_options(${flag})
  endif()
endforeach()

if(DIALTONE_SANITIZE OR DIALTONE_FUZZ)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
  # The sanitizers' own checks make gcc see null and uninitialised paths that are not there.
  if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-null-dereference -Wno-maybe-uninitialized)
  endif()
elseif(DIALTONE_SANITIZE_THREADS)
  add_compile_options(-fsanitize=thread)
  add_link_options(-fsanitize=thread)
  if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    # It does not know fences; the hints about paths are as wrong as those of the other sanitizers.
    add_compile_options(-Wno-null-dereference -Wno-maybe-uninitialized -Wno-tsan)
  endif()
else()
  add_compile_definitions($<$<CONFIG:Release>:_FORTIFY_SOURCE=2>)
endif()
if(DIALTONE_FUZZ)
  if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "the fuzz build needs clang")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(DIALTONE_LTO)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
endif()

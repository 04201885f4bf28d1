# Compiler settings shared by every target, and one function per kind of target of the core.

add_library(gantry_flags INTERFACE)
target_compile_options(gantry_flags INTERFACE -Wall -Wextra -Wshadow
  $<$<COMPILE_LANGUAGE:CXX>:-Wconversion -Wnon-virtual-dtor -Woverloaded-virtual>)
if(GANTRY_WERROR)
  target_compile_options(gantry_flags INTERFACE -Werror)
endif()
target_compile_definitions(gantry_flags INTERFACE GANTRY_VERSION="${PROJECT_VERSION}" _GNU_SOURCE)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION MATCHES "^12\\.")
  # These report its own std::string when they have inlined it (gcc bugs 105329, 105651). AddressSanitizer watches.
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict> $<$<COMPILE_LANGUAGE:CXX>:-Wno-array-bounds>
                      $<$<COMPILE_LANGUAGE:CXX>:-Wno-stringop-overflow> $<$<COMPILE_LANGUAGE:CXX>:-Wno-stringop-overread>)
endif()
if(GANTRY_UNITY AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Wno-subobject-linkage>)  # each source is a header there
endif()
if(GANTRY_SANITIZE)
  # Sanitizers must reach every object, plugins included: one flag for the whole build.
  add_compile_options(-fsanitize=${GANTRY_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${GANTRY_SANITIZE})
  if(GANTRY_SANITIZE STREQUAL "thread")
    add_compile_definitions(BOOST_ASIO_DISABLE_FENCED_BLOCK)  # ThreadSanitizer knows no fences
  endif()
endif()

# gantry_precompile(KIND TARGET [headers...]): the targets of a kind are compiled with the same flags and share one
# precompiled header, which halves the time a file takes. Sources still include what they use: `debug` builds without.
set(GANTRY_STANDARD_HEADERS <algorithm> <array> <atomic> <chrono> <condition_variable> <cstdint> <cstring> <deque>
    <filesystem> <functional> <list> <map> <memory> <mutex> <optional> <set> <sstream> <string> <string_view> <thread>
    <tuple> <unordered_map> <utility> <variant> <vector>)
function(gantry_precompile kind target)
  if(NOT GANTRY_PCH)
    return()
  endif()
  get_property(first GLOBAL PROPERTY gantry_precompiled_${kind})
  if(first)
    target_precompile_headers(${target} REUSE_FROM ${first})
  else()
    set_property(GLOBAL PROPERTY gantry_precompiled_${kind} ${target})
    target_precompile_headers(${target} PRIVATE ${GANTRY_STANDARD_HEADERS} ${ARGN})
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -fpch-preprocess)  # for ccache
  endif()
endfunction()

# gantry_unite(TARGET): compiles the sources of each folder together, some at a time, in trees that are
# always built from nothing: a third of the time. Sources of one folder must not use a name twice.
set(GANTRY_UNITED 16 CACHE STRING "Sources that are compiled together, of one folder")
function(gantry_unite target)
  if(NOT GANTRY_UNITY)
    return()
  endif()
  get_target_property(sources ${target} SOURCES)
  foreach(source IN LISTS sources)
    get_filename_component(folder ${source} DIRECTORY)
    file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR} "${folder}")
    string(MAKE_C_IDENTIFIER "${folder}" folder)
    math(EXPR count_${folder} "0${count_${folder}} + 1")
    math(EXPR part "(${count_${folder}} - 1) / ${GANTRY_UNITED}")
    set_property(SOURCE ${source} PROPERTY UNITY_GROUP ${folder}_${part})
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
endfunction()

# gantry_layer(NAME [DEPENDS layer...] [LIBS target...]): one static library for one folder of the core.
# Its sources are all .cpp files of the folder; a layer links only what stands to its right in
# docs/architecture.md, so a back edge does not link.
function(gantry_layer name)
  cmake_parse_arguments(L "" "" "DEPENDS;LIBS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  # Platform seams: files end in _linux.cpp or _darwin.cpp.
  if(APPLE)
    list(FILTER sources EXCLUDE REGEX "_linux\\.cpp$")
  else()
    list(FILTER sources EXCLUDE REGEX "_darwin\\.cpp$")
  endif()
  list(TRANSFORM L_DEPENDS PREPEND gantry_)
  if(sources)
    add_library(gantry_${name} STATIC ${sources})
    target_include_directories(gantry_${name} PUBLIC ${PROJECT_SOURCE_DIR})
    target_link_libraries(gantry_${name} PUBLIC ${L_DEPENDS} PRIVATE gantry_flags ${L_LIBS})
    target_compile_options(gantry_${name} PRIVATE -ffunction-sections -fdata-sections)
    gantry_unite(gantry_${name})
    if("${L_LIBS}" MATCHES "Poco")
      gantry_precompile(library_with_poco gantry_${name})  # its definitions change the C library's headers
    else()
      gantry_precompile(library gantry_${name})
    endif()
  else()
    add_library(gantry_${name} INTERFACE)
    target_link_libraries(gantry_${name} INTERFACE ${L_DEPENDS})
  endif()
endfunction()

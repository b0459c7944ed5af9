# SPDX-License-Identifier: MIT
# section_cjson: the JSON writer of the benchmark, from the system, or built
# from an unpacked source (for cross builds: scripts/fetch-source cjson).

set(SECTION_CJSON_SOURCE_DIR "" CACHE PATH
    "Source of cJSON to build; empty: the system's library")

if(SECTION_CJSON_SOURCE_DIR)
    add_library(section_cjson STATIC ${SECTION_CJSON_SOURCE_DIR}/cJSON.c)
    target_include_directories(section_cjson SYSTEM
        PUBLIC ${SECTION_CJSON_SOURCE_DIR})
    target_compile_options(section_cjson PRIVATE -w)
    target_compile_definitions(section_cjson
        PUBLIC $<$<BOOL:${WIN32}>:CJSON_HIDE_SYMBOLS>)
else()
    find_path(section_cjson_include cJSON.h PATH_SUFFIXES cjson REQUIRED)
    find_library(section_cjson_library cjson REQUIRED)
    add_library(section_cjson INTERFACE)
    target_include_directories(section_cjson SYSTEM
                               INTERFACE ${section_cjson_include})
    target_link_libraries(section_cjson INTERFACE ${section_cjson_library})
endif()

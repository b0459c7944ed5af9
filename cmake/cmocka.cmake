# SPDX-License-Identifier: MIT
# section_cmocka: the test framework, from the system, or built from an
# unpacked source (for cross builds; ./scripts/test fetches it).

set(SECTION_CMOCKA_SOURCE_DIR "" CACHE PATH
    "Source of cmocka to build; empty: the system's library")

if(SECTION_CMOCKA_SOURCE_DIR)
    add_library(section_cmocka STATIC
                ${SECTION_CMOCKA_SOURCE_DIR}/src/cmocka.c)
    target_include_directories(section_cmocka SYSTEM
        PUBLIC ${SECTION_CMOCKA_SOURCE_DIR}/include)
    target_compile_definitions(section_cmocka PRIVATE
        HAVE_STDINT_H HAVE_INTTYPES_H HAVE_SNPRINTF HAVE_VSNPRINTF
        HAVE_STRUCT_TIMESPEC=1 HAVE_SIGNAL_H HAVE_TIME_H HAVE_MALLOC_H
        HAVE_STRINGS_H HAVE_UNISTD_H HAVE_SETJMP_H
        PUBLIC $<$<BOOL:${WIN32}>:CMOCKA_STATIC>)
    if(WIN32)
        target_compile_definitions(section_cmocka PRIVATE HAVE_IO_H)
    endif()
    target_compile_options(section_cmocka PRIVATE -w)
else()
    find_path(section_cmocka_include cmocka.h REQUIRED)
    find_library(section_cmocka_library cmocka REQUIRED)
    add_library(section_cmocka INTERFACE)
    target_include_directories(section_cmocka SYSTEM
                               INTERFACE ${section_cmocka_include})
    target_link_libraries(section_cmocka INTERFACE ${section_cmocka_library})
endif()

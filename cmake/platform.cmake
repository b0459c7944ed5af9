# SPDX-License-Identifier: MIT
# Choose the back end: section_platform_{folder,sources,definitions,libraries}.

set(section_platform_definitions "")
set(section_platform_libraries "")

# Guarded copies that need the compiler and the processor (platform/gnu).
option(SECTION_PORTABLE_GUARD "Copy guarded bytes without machine code" OFF)
set(section_has_gnu_copy OFF)
if(NOT SECTION_PORTABLE_GUARD AND NOT SECTION_PURE_POSIX)
    check_c_source_compiles("
        #if !defined __GNUC__ || !defined __x86_64__ || defined __ILP32__
        #error not here
        #endif
        int main(void) { return 0; }" section_is_gnu_x86_64)
    if(section_is_gnu_x86_64 AND
       (WIN32 OR CMAKE_SYSTEM_NAME STREQUAL "Linux"))
        set(section_has_gnu_copy ON)
    endif()
endif()

if(WIN32)
    set(section_platform_folder platform/win32)
    set(section_platform_names
        win32_accept.c win32_channel.c win32_file.c win32_flush.c
        win32_growth.c win32_identity.c win32_large.c win32_memory.c
        win32_name.c win32_native.c win32_object.c win32_parts.c win32_path.c
        win32_pipe.c win32_prepare.c win32_process.c win32_status.c
        win32_system.c win32_view.c win32_walk.c win32_wrap.c)
    if(MSVC)
        list(APPEND section_platform_names win32_guard_msvc.c)
    else()
        list(APPEND section_platform_names win32_guard_vectored.c)
    endif()
    if(section_has_gnu_copy)
        list(APPEND section_platform_names win32_copy_gnu.c)
    else()
        list(APPEND section_platform_names win32_copy_portable.c)
    endif()
    # Tokens, and who may do what.
    list(APPEND section_platform_libraries advapi32)
    list(APPEND section_platform_definitions
         UNICODE _UNICODE WIN32_LEAN_AND_MEAN NOMINMAX _WIN32_WINNT=0x0601)
else()
    set(section_platform_folder platform/posix)
    set(section_platform_names
        posix_channel.c posix_descriptor.c posix_extend.c posix_file.c
        posix_flush.c posix_guard.c posix_handlers.c posix_memory.c
        posix_names_shared.c posix_names_walk.c posix_namespace.c
        posix_object.c posix_parts.c posix_prepare.c
        posix_region.c posix_status.c posix_system.c posix_view.c)

    set(SECTION_NAMESPACE_ROOT "" CACHE PATH
        "The folder that the directories of named sections are made in; empty: the system's")
    if(SECTION_NAMESPACE_ROOT)
        list(APPEND section_platform_definitions
             SECTION_NAMESPACE_ROOT="${SECTION_NAMESPACE_ROOT}")
    endif()

    if(section_has_gnu_copy)
        list(APPEND section_platform_names posix_copy_gnu.c)
    else()
        list(APPEND section_platform_names posix_copy_portable.c)
    endif()
    # What is linked into a module is unloaded with it; the shared library is
    # not (CMakeLists.txt).
    set(CMAKE_REQUIRED_DEFINITIONS -D_GNU_SOURCE)
    check_symbol_exists(dl_iterate_phdr link.h section_has_dl_iterate_phdr)
    unset(CMAKE_REQUIRED_DEFINITIONS)
    if(section_has_dl_iterate_phdr AND NOT BUILD_SHARED_LIBS)
        list(APPEND section_platform_names posix_unload_elf.c)
    else()
        list(APPEND section_platform_names posix_unload_none.c)
    endif()

    # Everything is asked of a 64-bit off_t, also on 32-bit systems.
    list(APPEND section_platform_definitions _FILE_OFFSET_BITS=64)
    if(CMAKE_SYSTEM_NAME STREQUAL "Linux" AND NOT SECTION_PURE_POSIX)
        list(APPEND section_platform_definitions _GNU_SOURCE)
        list(APPEND section_platform_names
             posix_memory_memfd.c posix_name_inode.c posix_offers_linux.c
             posix_reader_proc.c
             posix_allocate_linux.c posix_available_linux.c
             posix_growth_linux.c
             posix_flush_linux.c posix_crew_linux.c posix_populate_linux.c
             posix_large_linux.c posix_seal_linux.c)
    else()
        if(APPLE)
            # F_PREALLOCATE is beyond POSIX.
            list(APPEND section_platform_definitions _DARWIN_C_SOURCE)
        elseif(CMAKE_SYSTEM_NAME STREQUAL "Linux")
            list(APPEND section_platform_definitions _XOPEN_SOURCE=700)
        endif()
        if(SECTION_PURE_POSIX)
            list(APPEND section_platform_definitions SECTION_PURE_POSIX)
        endif()
        list(APPEND section_platform_names
             posix_memory_shm.c posix_name_record.c posix_offers_none.c
             posix_record.c
             posix_reader_early.c posix_available_sysconf.c
             posix_growth_posix.c posix_populate_none.c posix_large_none.c
             posix_seal_none.c)
        check_symbol_exists(posix_fallocate fcntl.h section_has_posix_fallocate)
        if(APPLE)
            list(APPEND section_platform_names
                 posix_allocate_apple.c posix_flush_apple.c)
        elseif(section_has_posix_fallocate)
            list(APPEND section_platform_names posix_allocate_posix.c)
        else()
            list(APPEND section_platform_names posix_allocate_none.c)
        endif()
        if(NOT APPLE)
            list(APPEND section_platform_names posix_flush_posix.c)
        endif()
        find_library(section_librt rt)
        if(section_librt AND NOT APPLE)
            list(APPEND section_platform_libraries rt)
        endif()
    endif()
endif()

# Threads, to keep forks out; a part of the C library in new ones.
if(NOT WIN32 AND NOT APPLE AND NOT CMAKE_SYSTEM_NAME STREQUAL "Android")
    list(APPEND section_platform_libraries pthread)
endif()

list(TRANSFORM section_platform_names PREPEND ${section_platform_folder}/
     OUTPUT_VARIABLE section_platform_sources)
if(section_has_gnu_copy)
    list(APPEND section_platform_sources platform/gnu/gnu_copy_x86_64.c)
else()
    list(APPEND section_platform_sources platform/portable/portable_copy.c)
endif()

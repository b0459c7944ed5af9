# SPDX-License-Identifier: MIT
# The install target: headers, library, and what find_package(section) and
# pkg-config need to find them.

install(TARGETS section EXPORT section-targets
        RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
        PUBLIC_HEADER DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/section)

# --- CMake -----------------------------------------------------------------

set(section_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/section)
install(EXPORT section-targets NAMESPACE section::
        DESTINATION ${section_package_dir})
configure_package_config_file(
    ${CMAKE_CURRENT_LIST_DIR}/section-config.cmake.in
    ${PROJECT_BINARY_DIR}/section-config.cmake
    INSTALL_DESTINATION ${section_package_dir}
    NO_SET_AND_CHECK_MACRO)
# Until 1.0 a minor version may change what a program has to do.
write_basic_package_version_file(
    ${PROJECT_BINARY_DIR}/section-config-version.cmake
    COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/section-config.cmake
              ${PROJECT_BINARY_DIR}/section-config-version.cmake
        DESTINATION ${section_package_dir})

# --- pkg-config ------------------------------------------------------------

# Relative to the file itself, so that an installed tree can be moved; absolute
# where the folders were given so.
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
    set(section_pc_prefix "${CMAKE_INSTALL_PREFIX}")
    set(section_pc_libdir "${CMAKE_INSTALL_LIBDIR}")
else()
    file(RELATIVE_PATH section_pc_up
         "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
    string(REGEX REPLACE "/$" "" section_pc_up "${section_pc_up}")
    set(section_pc_prefix "\${pcfiledir}/${section_pc_up}")
    set(section_pc_libdir "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
endif()
if(IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
    set(section_pc_includedir "${CMAKE_INSTALL_INCLUDEDIR}")
else()
    set(section_pc_includedir "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()

# What a program that links the static library has to link too.
set(section_pc_private "")
foreach(library IN LISTS section_platform_libraries)
    string(APPEND section_pc_private " -l${library}")
endforeach()
set(section_pc_cflags "")
if(WIN32 AND BUILD_SHARED_LIBS)
    set(section_pc_cflags " -DSECTION_SHARED")
endif()

configure_file(${CMAKE_CURRENT_LIST_DIR}/section.pc.in
               ${PROJECT_BINARY_DIR}/section.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/section.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

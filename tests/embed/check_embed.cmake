# SPDX-License-Identifier: MIT
# Build a program on the library in one WAY (subdirectory, package, pkgconfig,
# by_hand) and run it.
#
# SOURCE, BUILD   the library's; FOLDER is ours and made anew
# GENERATOR, COMPILER, TYPE, SHARED, PURE_POSIX, VERSION, LIBDIR as configured
# SOURCES, DEFINITIONS, LIBRARIES, PLATFORM what the library is made of here
cmake_minimum_required(VERSION 3.21)

set(here ${CMAKE_CURRENT_LIST_DIR})
file(REMOVE_RECURSE ${FOLDER})
file(MAKE_DIRECTORY ${FOLDER})

function(run)
    execute_process(COMMAND ${ARGN} RESULT_VARIABLE result
                    OUTPUT_VARIABLE text ERROR_VARIABLE text)
    if(NOT result EQUAL 0)
        list(JOIN ARGN " " command)
        message(FATAL_ERROR "${command}\n${text}")
    endif()
    set(output "${text}" PARENT_SCOPE)
endfunction()

# Install, and move what was installed: it must not remember where it was.
function(install_library)
    run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${FOLDER}/installed)
    file(RENAME ${FOLDER}/installed ${FOLDER}/moved)
endfunction()

function(build_project name)
    run(${CMAKE_COMMAND} -G ${GENERATOR} -S ${here}/${name} -B ${FOLDER}/build
        -DCMAKE_C_COMPILER=${COMPILER} -DCMAKE_BUILD_TYPE=${TYPE}
        -DBUILD_SHARED_LIBS=${SHARED} -DSECTION_PURE_POSIX=${PURE_POSIX}
        -DSECTION_SOURCE=${SOURCE} -DSECTION_VERSION=${VERSION}
        -DCMAKE_PREFIX_PATH=${FOLDER}/moved)
    run(${CMAKE_COMMAND} --build ${FOLDER}/build)
    set(program ${FOLDER}/build/consumer PARENT_SCOPE)
endfunction()

# One answer of pkg-config, as a list.
function(ask_pkgconfig out)
    run(${CMAKE_COMMAND} -E env
        PKG_CONFIG_PATH=${FOLDER}/moved/${LIBDIR}/pkgconfig
        ${PKG_CONFIG} ${ARGN} section)
    string(STRIP "${output}" output)
    separate_arguments(answer UNIX_COMMAND "${output}")
    set(${out} "${answer}" PARENT_SCOPE)
endfunction()

function(build_with_pkgconfig)
    ask_pkgconfig(version --modversion)
    if(NOT version STREQUAL VERSION)
        message(FATAL_ERROR "pkg-config says ${version}, not ${VERSION}")
    endif()
    set(static --static)
    if(SHARED)
        set(static "")
    endif()
    ask_pkgconfig(cflags --cflags)
    ask_pkgconfig(libs --libs ${static})
    run(${COMPILER} ${cflags} ${here}/consumer.c -o ${FOLDER}/consumer ${libs})
    set(program ${FOLDER}/consumer PARENT_SCOPE)
endfunction()

# One command with all files in it.
function(build_by_hand)
    list(TRANSFORM SOURCES PREPEND ${SOURCE}/)
    list(TRANSFORM DEFINITIONS PREPEND -D)
    list(TRANSFORM LIBRARIES PREPEND -l)
    run(${COMPILER} -std=c11 ${DEFINITIONS} -I${SOURCE}/include -I${SOURCE}/lib
        -I${SOURCE}/platform -I${SOURCE}/${PLATFORM} ${here}/consumer.c
        ${SOURCES} -o ${FOLDER}/consumer ${LIBRARIES})
    set(program ${FOLDER}/consumer PARENT_SCOPE)
endfunction()

if(WAY STREQUAL "subdirectory")
    build_project(subdirectory)
elseif(WAY STREQUAL "package")
    install_library()
    build_project(package)
elseif(WAY STREQUAL "by_hand")
    build_by_hand()
else()
    if(NOT PKG_CONFIG)
        message("SKIP: no pkg-config here")
        return()
    endif()
    install_library()
    build_with_pkgconfig()
endif()

run(${CMAKE_COMMAND} -E env LD_LIBRARY_PATH=${FOLDER}/moved/${LIBDIR}
    ${program})
if(NOT output STREQUAL "embedded ${VERSION} 93\n")
    message(FATAL_ERROR "the program said: ${output}")
endif()
message("${WAY}: ${output}")

# SPDX-License-Identifier: MIT
# Fail if the objects in OBJECTS call anything that is neither let fail by the
# fault tests (WRAPPED) nor known to be unable to fail (HARMLESS).

cmake_minimum_required(VERSION 3.21)

function(read_names file out)
    file(STRINGS ${file} lines)
    set(names "")
    foreach(line IN LISTS lines)
        if(NOT line MATCHES "^#" AND NOT line STREQUAL "")
            string(REGEX REPLACE " .*" "" name "${line}")
            list(APPEND names ${name})
            if(line MATCHES " large$")
                list(APPEND names ${name}${LARGE_SUFFIX})
            endif()
        endif()
    endforeach()
    set(${out} ${names} PARENT_SCOPE)
endfunction()

read_names(${WRAPPED} wrapped)
read_names(${HARMLESS} harmless)
# Names that `nm` lists for the objects with these options.
function(read_symbols out)
    execute_process(COMMAND ${NM} ${ARGN} ${OBJECTS}
                    OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
    string(REGEX MATCHALL "[A-Za-z] [A-Za-z_][A-Za-z0-9_.]*\n" symbols "${text}")
    list(TRANSFORM symbols REPLACE "^. ([^\n]*)\n" "\\1")
    list(REMOVE_DUPLICATES symbols)
    set(${out} ${symbols} PARENT_SCOPE)
endfunction()

read_symbols(called --undefined-only)
read_symbols(own --defined-only --extern-only)
# The sanitizers', and the compiler's on i386.
set(made "^__((asan|ubsan|tsan|sanitizer)_|x86\\.)")

set(known 0)
set(unknown "")
foreach(symbol IN LISTS called)
    if(symbol IN_LIST wrapped OR symbol IN_LIST harmless)
        math(EXPR known "${known} + 1")
    elseif(NOT symbol IN_LIST own AND NOT symbol MATCHES "${made}")
        list(APPEND unknown ${symbol})
    endif()
endforeach()

if(unknown)
    list(JOIN unknown "\n  " unknown)
    message(FATAL_ERROR "called and neither wrapped nor harmless:\n  ${unknown}")
endif()
if(known EQUAL 0)
    message(FATAL_ERROR "no symbol was looked at")
endif()
message("${known} functions, all accounted for")

# SPDX-License-Identifier: MIT
# Check the names a LIBRARY shows to programs. With EXPORTED, a shared library:
# exactly those. Without, a static one: all of them begin with section_.
cmake_minimum_required(VERSION 3.21)

set(options --defined-only --extern-only)
if(EXPORTED)
    list(APPEND options --dynamic)
endif()
execute_process(COMMAND ${NM} ${options} ${LIBRARY}
                OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "[A-Za-z] [A-Za-z_.][A-Za-z0-9_.@]*\n" symbols "${text}")
list(TRANSFORM symbols REPLACE "^. ([^\n]*)\n" "\\1")
list(REMOVE_DUPLICATES symbols)
list(SORT symbols)
if(NOT symbols)
    message(FATAL_ERROR "no symbols found in ${LIBRARY}")
endif()

if(EXPORTED)
    file(STRINGS ${EXPORTED} expected REGEX "^[^#]")
    list(SORT expected)
    set(missing ${expected})
    set(extra ${symbols})
    list(REMOVE_ITEM missing ${symbols})
    list(REMOVE_ITEM extra ${expected})
else()
    set(missing "")
    set(extra ${symbols})
    # The address sanitizer marks each variable with a symbol of its own, and
    # on i386 the compiler adds one to load the address of the code, on Windows
    # one for an address that might be in another DLL.
    list(FILTER extra EXCLUDE REGEX
         "^(section_|__odr_asan|__x86\\.get_pc_thunk|\\.refptr\\.section_)")
endif()
if(missing OR extra)
    message(FATAL_ERROR "missing: ${missing}\nnot to be there: ${extra}")
endif()
list(LENGTH symbols count)
message("${count} symbols, all as they should be")

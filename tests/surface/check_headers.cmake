# SPDX-License-Identifier: MIT
# Compile a HEADER alone and included twice with COMPILER, as each of STANDARDS,
# with every warning an error.
cmake_minimum_required(VERSION 3.21)

set(warnings -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
if(LANGUAGE STREQUAL "C")
    list(APPEND warnings -Wstrict-prototypes)
    set(suffix c)
else()
    list(APPEND warnings -Wold-style-cast)
    set(suffix cpp)
endif()
string(MAKE_C_IDENTIFIER "${HEADER}" stem)

set(alone "#include <${HEADER}>\n")
# Macros are seen by the compiler only where they are used.
set(twice "${alone}${alone}
section_options made_of_the_initializer(void);
section_options made_of_the_initializer(void)
{
    section_options options = SECTION_OPTIONS_INIT;
    section_info info = SECTION_INFO_INIT;
    section_system system = SECTION_SYSTEM_INIT;
    section_open_options how = SECTION_OPEN_OPTIONS_INIT;
    options.struct_size += info.struct_size + system.struct_size;
    options.struct_size += how.struct_size;
    return options;
}\n")

foreach(way alone twice)
    set(source ${FOLDER}/${stem}_${way}.${suffix})
    file(WRITE ${source} "${${way}}")
    foreach(standard IN LISTS STANDARDS)
        execute_process(
            COMMAND ${COMPILER} ${FLAGS} -std=${standard} ${warnings}
                    -I${INCLUDE} -fsyntax-only ${source}
            RESULT_VARIABLE result OUTPUT_VARIABLE text ERROR_VARIABLE text)
        if(NOT result EQUAL 0)
            message(FATAL_ERROR "<${HEADER}> ${way}, ${standard}:\n${text}")
        endif()
        message("<${HEADER}> ${way}, ${standard}: clean")
    endforeach()
endforeach()

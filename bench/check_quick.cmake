# SPDX-License-Identifier: MIT
# Run section_bench --quick on a file made here, in the current folder: it has
# to succeed, and to tell in JSON of every row that --list has.
#   cmake -DPROGRAM=... -P check_quick.cmake
cmake_minimum_required(VERSION 3.21)

set(chunk "What is added up has to differ from place to place: ")
string(REPEAT "${chunk}" 40000 contents)
file(WRITE quick.dat "${contents}tail")

list(REMOVE_ITEM PROGRAM "")
execute_process(COMMAND ${PROGRAM} --quick --json=quick.json quick.dat
                RESULT_VARIABLE status OUTPUT_FILE quick.txt)
if(NOT status EQUAL 0)
    message(FATAL_ERROR "section_bench --quick ended with ${status}")
endif()
execute_process(COMMAND ${PROGRAM} --list OUTPUT_VARIABLE listed
                RESULT_VARIABLE status)
if(NOT status EQUAL 0)
    message(FATAL_ERROR "section_bench --list ended with ${status}")
endif()

file(READ quick.json json)
string(JSON count LENGTH "${json}" rows)
math(EXPR last "${count} - 1")
set(measured 0)
foreach(i RANGE ${last})
    string(JSON name GET "${json}" rows ${i} name)
    string(JSON outcome GET "${json}" rows ${i} outcome)
    string(FIND "${listed}" "${name} " position)
    if(position EQUAL -1)
        message(FATAL_ERROR "${name} is not in --list")
    endif()
    if(outcome STREQUAL "measured")
        string(JSON ratio GET "${json}" rows ${i} ratio)
        math(EXPR measured "${measured} + 1")
    else()
        string(JSON reason GET "${json}" rows ${i} reason)
        message(STATUS "${name}: ${outcome}: ${reason}")
    endif()
endforeach()
string(REGEX MATCHALL "beside:" rows_listed "${listed}")
list(LENGTH rows_listed rows_listed)
if(NOT rows_listed EQUAL count)
    message(FATAL_ERROR "${rows_listed} rows are listed, JSON has ${count}")
endif()
if(measured EQUAL 0)
    message(FATAL_ERROR "no row was measured")
endif()

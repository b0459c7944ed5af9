# SPDX-License-Identifier: MIT
# The tools of examples/ as a user runs them. CHECKSUM, LOG, SERVE, FETCH: the
# programs; EMULATOR: what runs them, or nothing; FOLDER is ours and made anew.
cmake_minimum_required(VERSION 3.21)

file(REMOVE_RECURSE ${FOLDER})
file(MAKE_DIRECTORY ${FOLDER}/names)
file(CHMOD ${FOLDER}/names PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
set(ENV{SECTION_DIRECTORY} ${FOLDER}/names)
file(WRITE ${FOLDER}/empty "")

# expect(CODE TEXT INPUT COMMAND...): run it; its exit code and all it prints.
function(expect code text input)
    execute_process(COMMAND ${EMULATOR} ${ARGN} WORKING_DIRECTORY ${FOLDER}
                    INPUT_FILE ${FOLDER}/${input} RESULT_VARIABLE result
                    OUTPUT_VARIABLE output ERROR_VARIABLE complaints)
    string(REPLACE "\r" "" output "${output}")
    if(NOT result STREQUAL code OR NOT output STREQUAL text)
        list(JOIN ARGN " " command)
        message(FATAL_ERROR
            "${command}: ${result}, not ${code}\n${output}\n${complaints}")
    endif()
endfunction()

file(WRITE ${FOLDER}/nine "123456789")
expect(0 "e3069283  nine\n00000000  empty\n" empty ${CHECKSUM} nine empty)
expect(1 "e3069283  nine\n" empty ${CHECKSUM} missing nine)

file(WRITE ${FOLDER}/lines "one\ntwo\n\nfour\n")
expect(1 "" empty ${LOG} read the.log)
expect(0 "1\n2\n3\n4\n" lines ${LOG} append the.log)
expect(0 "one\ntwo\n\nfour\n" empty ${LOG} read the.log)
expect(0 "7\n8\n" lines ${LOG} append the.log 3)
expect(0 "one\ntwo\n\nfour\none\ntwo\n\nfour\n" empty ${LOG} follow the.log)
expect(1 "" lines ${LOG} append nine)
expect(2 "" lines ${LOG} forget the.log)

expect(2 "" empty ${SERVE} place)
expect(1 "" empty ${SERVE} place missing)
expect(2 "" empty ${FETCH} place nine)
expect(1 "" empty ${FETCH} place nine copy)

# SPDX-License-Identifier: MIT
# cmake -DNM=nm -DLIBRARY=libsection.a -DLIST=faults_imports.c -P this
# Fail unless the list names exactly what the library imports.

execute_process(COMMAND ${NM} ${LIBRARY} OUTPUT_VARIABLE symbols
                RESULT_VARIABLE code)
if(NOT code EQUAL 0)
    message(FATAL_ERROR "${NM} ${LIBRARY}: ${code}")
endif()
string(REGEX MATCHALL "U __imp_[A-Za-z0-9]+" found "${symbols}")
list(TRANSFORM found REPLACE "U __imp_" "")
list(REMOVE_DUPLICATES found)
list(SORT found)

file(READ ${LIST} text)
string(REGEX MATCHALL "\n(IMPORT\\([^,]+, |REPLACE\\(|REPLACE_BY\\(|INFALLIBLE\\()[A-Z][A-Za-z0-9]+"
       listed "${text}")
list(TRANSFORM listed REPLACE "^.*[ (]" "")
list(SORT listed)

if(found STREQUAL "")
    message(FATAL_ERROR "${LIBRARY} imports nothing?")
endif()
if(NOT found STREQUAL listed)
    string(REPLACE ";" " " found "${found}")
    string(REPLACE ";" " " listed "${listed}")
    message(FATAL_ERROR "imported: ${found}\nlisted:   ${listed}")
endif()

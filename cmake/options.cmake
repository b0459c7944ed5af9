# SPDX-License-Identifier: MIT
# section_target(TARGET): what every target of this project is compiled with.

set(section_warnings "")
if(SECTION_DEVELOPER)
    if(MSVC)
        # C4204: an initializer that is no constant, which is C99.
        set(section_warnings /W4 /WX /wd4204)
    else()
        set(section_warnings -Werror -Wall -Wextra -Wpedantic -Wconversion
                             -Wshadow -Wstrict-prototypes)
    endif()
endif()

set(section_sanitizer_flags "")
if(SECTION_SANITIZE)
    set(section_sanitizer_flags -fsanitize=${SECTION_SANITIZE}
        -fno-sanitize-recover=all -fno-omit-frame-pointer)
endif()

function(section_target target)
    set_target_properties(${target} PROPERTIES
        C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF
        C_VISIBILITY_PRESET hidden POSITION_INDEPENDENT_CODE ON)
    target_compile_options(${target} PRIVATE ${section_warnings}
                                             ${section_sanitizer_flags})
    target_link_options(${target} PRIVATE ${section_sanitizer_flags})
endfunction()

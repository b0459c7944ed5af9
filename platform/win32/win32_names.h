/* SPDX-License-Identifier: MIT */
/*
 * The names that the files of the Windows back end share, as the linker sees
 * them: in a static library they meet those of the program. A name that is not
 * here fails tests/surface.
 */
#ifndef SECTION_WIN32_NAMES_H
#define SECTION_WIN32_NAMES_H

#define win32_close          section__win32_close
#define win32_failure        section__win32_failure
#define win32_handle         section__win32_handle
#define win32_make_sparse    section__win32_make_sparse
#define win32_map_failure    section__win32_map_failure
#define win32_number         section__win32_number
#define win32_ok             section__win32_ok
#define win32_path           section__win32_path
#define win32_section_create section__win32_section_create
#define win32_temporary_path section__win32_temporary_path
#define win32_verdict        section__win32_verdict

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The names that the files of the Windows back end share, as the linker sees
 * them: in a static library they meet those of the program. A name that is not
 * here fails tests/surface.
 */
#ifndef SECTION_WIN32_NAMES_H
#define SECTION_WIN32_NAMES_H

#define win32_access_for             section__win32_access_for
#define win32_can_extend             section__win32_can_extend
#define win32_check_global           section__win32_check_global
#define win32_check_owner            section__win32_check_owner
#define win32_close                  section__win32_close
#define win32_commit                 section__win32_commit
#define win32_compare                section__win32_compare
#define win32_describe_section       section__win32_describe_section
#define win32_directory_open         section__win32_directory_open
#define win32_directory_read         section__win32_directory_read
#define win32_duplicate              section__win32_duplicate
#define win32_event_create           section__win32_event_create
#define win32_event_open             section__win32_event_open
#define win32_extender               section__win32_extender
#define win32_extension_path         section__win32_extension_path
#define win32_failure                section__win32_failure
#define win32_file_access_for        section__win32_file_access_for
#define win32_file_duplicate         section__win32_file_duplicate
#define win32_find_granted           section__win32_find_granted
#define win32_find_large_page_size   section__win32_find_large_page_size
#define win32_find_name              section__win32_find_name
#define win32_find_user              section__win32_find_user
#define win32_flags_for              section__win32_flags_for
#define win32_guard_change           section__win32_guard_change
#define win32_guard_new              section__win32_guard_new
#define win32_handle                 section__win32_handle
#define win32_is_growing_file        section__win32_is_growing_file
#define win32_large_create           section__win32_large_create
#define win32_leave_copy             section__win32_leave_copy
#define win32_let_nobody             section__win32_let_nobody
#define win32_make_id                section__win32_make_id
#define win32_make_sparse            section__win32_make_sparse
#define win32_map_failure            section__win32_map_failure
#define win32_name_directory         section__win32_name_directory
#define win32_name_path              section__win32_name_path
#define win32_native_failure         section__win32_native_failure
#define win32_native_verdict         section__win32_native_verdict
#define win32_number                 section__win32_number
#define win32_ok                     section__win32_ok
#define win32_parts_pull             section__win32_parts_pull
#define win32_parts_push             section__win32_parts_push
#define win32_parts_take_back        section__win32_parts_take_back
#define win32_path                   section__win32_path
#define win32_pipe_allow             section__win32_pipe_allow
#define win32_pipe_close             section__win32_pipe_close
#define win32_pipe_open              section__win32_pipe_open
#define win32_pipe_read              section__win32_pipe_read
#define win32_pipe_write             section__win32_pipe_write
#define win32_prefetch               section__win32_prefetch
#define win32_prepare_guards         section__win32_prepare_guards
#define win32_process_open           section__win32_process_open
#define win32_process_pull           section__win32_process_pull
#define win32_process_push           section__win32_process_push
#define win32_process_take_back      section__win32_process_take_back
#define win32_protection_for         section__win32_protection_for
#define win32_query_file             section__win32_query_file
#define win32_query_section          section__win32_query_section
#define win32_section_create         section__win32_section_create
#define win32_section_create_file    section__win32_section_create_file
#define win32_section_create_growing section__win32_section_create_growing
#define win32_section_create_named   section__win32_section_create_named
#define win32_section_duplicate      section__win32_section_duplicate
#define win32_section_extend         section__win32_section_extend
#define win32_section_map            section__win32_section_map
#define win32_section_open           section__win32_section_open
#define win32_size_failure           section__win32_size_failure
#define win32_temporary_path         section__win32_temporary_path
#define win32_verdict                section__win32_verdict

#endif

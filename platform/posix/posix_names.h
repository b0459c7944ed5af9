/* SPDX-License-Identifier: MIT */
/*
 * The names that the files of the POSIX back end share, as the linker sees
 * them.
 *
 * In a static library they meet the names of the program and of the C library,
 * and POSIX adds names with its own prefix (POSIX.1-2024 has posix_close()). A
 * name that is not here fails tests/surface.
 */
#ifndef SECTION_POSIX_NAMES_H
#define SECTION_POSIX_NAMES_H

#define posix_allocate_chunks     section__posix_allocate_chunks
#define posix_allocate_memory     section__posix_allocate_memory
#define posix_check_size_limit    section__posix_check_size_limit
#define posix_descriptor_close    section__posix_descriptor_close
#define posix_disk_has_room       section__posix_disk_has_room
#define posix_duplicate           section__posix_duplicate
#define posix_extend_by_writing   section__posix_extend_by_writing
#define posix_failure             section__posix_failure
#define posix_file_commit         section__posix_file_commit
#define posix_filesystem_type     section__posix_filesystem_type
#define posix_grow_file           section__posix_grow_file
#define posix_map_failure         section__posix_map_failure
#define posix_memory_commit       section__posix_memory_commit
#define posix_memory_copy         section__posix_memory_copy
#define posix_memory_is_available section__posix_memory_is_available
#define posix_memory_open         section__posix_memory_open
#define posix_memory_recognize    section__posix_memory_recognize
#define posix_memory_restrict     section__posix_memory_restrict
#define posix_memory_seal         section__posix_memory_seal
#define posix_memory_shrink       section__posix_memory_shrink
#define posix_object_reader       section__posix_object_reader
#define posix_ok                  section__posix_ok
#define posix_open                section__posix_open
#define posix_open_low            section__posix_open_low
#define posix_raise               section__posix_raise
#define posix_reader_open         section__posix_reader_open
#define posix_reader_open_file    section__posix_reader_open_file
#define posix_set_size            section__posix_set_size
#define posix_verdict             section__posix_verdict

#endif

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

#define posix_advice               section__posix_advice
#define posix_allocate_and_extend  section__posix_allocate_and_extend
#define posix_allocate_beyond_end  section__posix_allocate_beyond_end
#define posix_allocate_chunks      section__posix_allocate_chunks
#define posix_allocate_memory      section__posix_allocate_memory
#define posix_await_growth         section__posix_await_growth
#define posix_can_be_unloaded      section__posix_can_be_unloaded
#define posix_check_size_limit     section__posix_check_size_limit
#define posix_copy_leave           section__posix_copy_leave
#define posix_create_at            section__posix_create_at
#define posix_crew_do              section__posix_crew_do
#define posix_descriptor_close     section__posix_descriptor_close
#define posix_discard              section__posix_discard
#define posix_disk_has_room        section__posix_disk_has_room
#define posix_duplicate            section__posix_duplicate
#define posix_environment          section__posix_environment
#define posix_extend_by_writing    section__posix_extend_by_writing
#define posix_failure              section__posix_failure
#define posix_fault_dispose        section__posix_fault_dispose
#define posix_fault_is_taken       section__posix_fault_is_taken
#define posix_fault_prepare        section__posix_fault_prepare
#define posix_fault_was_sent       section__posix_fault_was_sent
#define posix_file_commit          section__posix_file_commit
#define posix_file_takes_memory    section__posix_file_takes_memory
#define posix_filesystem_type      section__posix_filesystem_type
#define posix_flush_by             section__posix_flush_by
#define posix_flush_directory      section__posix_flush_directory
#define posix_flush_durable        section__posix_flush_durable
#define posix_flush_file           section__posix_flush_file
#define posix_flush_order          section__posix_flush_order
#define posix_flush_pages          section__posix_flush_pages
#define posix_grow_file            section__posix_grow_file
#define posix_guard_drop           section__posix_guard_drop
#define posix_guard_take           section__posix_guard_take
#define posix_guard_tidy           section__posix_guard_tidy
#define posix_handlers_set         section__posix_handlers_set
#define posix_is_file_or_memory    section__posix_is_file_or_memory
#define posix_is_same_file         section__posix_is_same_file
#define posix_large_create         section__posix_large_create
#define posix_large_page_size      section__posix_large_page_size
#define posix_look_failure         section__posix_look_failure
#define posix_map_failure          section__posix_map_failure
#define posix_memfd_open           section__posix_memfd_open
#define posix_memory_can_be        section__posix_memory_can_be
#define posix_memory_check         section__posix_memory_check
#define posix_memory_commit        section__posix_memory_commit
#define posix_memory_copy          section__posix_memory_copy
#define posix_memory_flags         section__posix_memory_flags
#define posix_memory_give_size     section__posix_memory_give_size
#define posix_memory_growth        section__posix_memory_growth
#define posix_memory_is_available  section__posix_memory_is_available
#define posix_memory_open          section__posix_memory_open
#define posix_memory_recognize     section__posix_memory_recognize
#define posix_memory_restrict      section__posix_memory_restrict
#define posix_memory_seal          section__posix_memory_seal
#define posix_memory_shrink        section__posix_memory_shrink
#define posix_mixed_allocate       section__posix_mixed_allocate
#define posix_mixed_is_allowed     section__posix_mixed_is_allowed
#define posix_mixed_map            section__posix_mixed_map
#define posix_move_end             section__posix_move_end
#define posix_name_accept          section__posix_name_accept
#define posix_name_allows          section__posix_name_allows
#define posix_name_check_place     section__posix_name_check_place
#define posix_name_discard         section__posix_name_discard
#define posix_name_duplicate       section__posix_name_duplicate
#define posix_name_entry           section__posix_name_entry
#define posix_name_format          section__posix_name_format
#define posix_name_hand_over       section__posix_name_hand_over
#define posix_name_is_entry        section__posix_name_is_entry
#define posix_name_look            section__posix_name_look
#define posix_name_mode            section__posix_name_mode
#define posix_name_open            section__posix_name_open
#define posix_name_reap            section__posix_name_reap
#define posix_name_reap_quietly    section__posix_name_reap_quietly
#define posix_name_sweep_a_little  section__posix_name_sweep_a_little
#define posix_name_sweep_sometimes section__posix_name_sweep_sometimes
#define posix_object_flags         section__posix_object_flags
#define posix_object_give          section__posix_object_give
#define posix_object_has_locks     section__posix_object_has_locks
#define posix_object_lend          section__posix_object_lend
#define posix_object_reader        section__posix_object_reader
#define posix_offers               section__posix_offers
#define posix_ok                   section__posix_ok
#define posix_open                 section__posix_open
#define posix_open_at              section__posix_open_at
#define posix_open_low             section__posix_open_low
#define posix_part_inherit         section__posix_part_inherit
#define posix_part_is              section__posix_part_is
#define posix_part_may_be_touched  section__posix_part_may_be_touched
#define posix_place_enter          section__posix_place_enter
#define posix_place_enter_known    section__posix_place_enter_known
#define posix_place_leave          section__posix_place_leave
#define posix_populate             section__posix_populate
#define posix_pulse_ask            section__posix_pulse_ask
#define posix_pulse_find           section__posix_pulse_find
#define posix_pulse_hold           section__posix_pulse_hold
#define posix_pulse_make           section__posix_pulse_make
#define posix_pulse_number         section__posix_pulse_number
#define posix_pulse_remove         section__posix_pulse_remove
#define posix_raise                section__posix_raise
#define posix_reader_open          section__posix_reader_open
#define posix_reader_open_file     section__posix_reader_open_file
#define posix_record_number        section__posix_record_number
#define posix_record_read          section__posix_record_read
#define posix_record_write         section__posix_record_write
#define posix_region_enter         section__posix_region_enter
#define posix_region_leave         section__posix_region_leave
#define posix_replace              section__posix_replace
#define posix_seal_growth          section__posix_seal_growth
#define posix_seal_writers         section__posix_seal_writers
#define posix_set_size             section__posix_set_size
#define posix_shm_create           section__posix_shm_create
#define posix_shm_number           section__posix_shm_number
#define posix_shm_open             section__posix_shm_open
#define posix_shm_remove           section__posix_shm_remove
#define posix_verdict              section__posix_verdict
#define posix_write_zeros          section__posix_write_zeros
#define posix_writer_open          section__posix_writer_open

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The layout on an ABI that has no table yet: what holds on every one. No field
 * is packed against its alignment, and versioned structs begin with their size.
 */
#include "layout.h"

#include <section/native.h>
#include <section/section.h>

const layout_row layout_rows[] = {
    LAYOUT_PLACE(section_options, struct_size, 0),
    LAYOUT_PLACE(section_info, struct_size, 0),
    LAYOUT_PLACE(section_system, struct_size, 0),
    LAYOUT_PLACE(section_open_options, struct_size, 0),
    LAYOUT_PLACE(section_entry, struct_size, 0),
    LAYOUT_SIZE(section_system, 112),
    LAYOUT_VERSION(section_info, seals, 276),
    LAYOUT_PLACE(section_info, name, 64),
    LAYOUT_PLACE(section_info, seals, 272),
    LAYOUT_SIZE(section_open_options, 16),
    LAYOUT_PLACE(section_entry, name, 8),
    LAYOUT_PLACE(section_info, pages, 28),
    LAYOUT_PLACE(section_info, reserve, 32),
    LAYOUT_PLACE(section_info, granularity, 60),
    LAYOUT_PLACE(section_fault, address, 0),
    LAYOUT_PLACE(section_view, data, 0),
    LAYOUT_PLACE(section_view, length, sizeof(void *)),
    LAYOUT_SIZE(section_native, sizeof(void *)),
    LAYOUT_SIZE(section_status, 4),
    LAYOUT_SIZE(section_rights, 4),
    LAYOUT_SIZE(section_access, 4),
    LAYOUT_SIZE(section_scope, 4),
    LAYOUT_SIZE(section_permit, 4),
};

const size_t layout_count = sizeof(layout_rows) / sizeof(layout_rows[0]);

/* SPDX-License-Identifier: MIT */
/*
 * The layout on the 64-bit systems we know: System V and Windows agree.
 */
#include "layout.h"

#include <section/native.h>
#include <section/section.h>

const layout_row layout_rows[] = {
    LAYOUT_SIZE(section_options, 32),
    LAYOUT_PLACE(section_options, struct_size, 0),
    LAYOUT_PLACE(section_options, rights, 4),
    LAYOUT_PLACE(section_options, size, 8),
    LAYOUT_PLACE(section_options, path, 16),
    LAYOUT_PLACE(section_options, disposition, 24),
    LAYOUT_PLACE(section_options, flags, 28),
    LAYOUT_SIZE(section_view, 72),
    LAYOUT_PLACE(section_view, data, 0),
    LAYOUT_PLACE(section_view, length, 8),
    LAYOUT_PLACE(section_view, offset, 16),
    LAYOUT_PLACE(section_view, internal.base, 24),
    LAYOUT_PLACE(section_view, internal.length, 32),
    LAYOUT_PLACE(section_view, internal.holder, 40),
    LAYOUT_PLACE(section_view, internal.access, 48),
    LAYOUT_PLACE(section_view, internal.flags, 52),
    LAYOUT_PLACE(section_view, internal.reserved, 56),
    LAYOUT_SIZE(section_info, 32),
    LAYOUT_PLACE(section_info, struct_size, 0),
    LAYOUT_PLACE(section_info, kind, 4),
    LAYOUT_PLACE(section_info, size, 8),
    LAYOUT_PLACE(section_info, rights, 16),
    LAYOUT_PLACE(section_info, flags, 20),
    LAYOUT_PLACE(section_info, commit, 24),
    LAYOUT_PLACE(section_info, reserved, 28),
    LAYOUT_SIZE(section_system, 40),
    LAYOUT_PLACE(section_system, struct_size, 0),
    LAYOUT_PLACE(section_system, page_size, 4),
    LAYOUT_PLACE(section_system, granularity, 8),
    LAYOUT_PLACE(section_system, memory_commit, 12),
    LAYOUT_PLACE(section_system, file_commit, 16),
    LAYOUT_PLACE(section_system, memory_copy, 20),
    LAYOUT_PLACE(section_system, file_copy, 24),
    LAYOUT_PLACE(section_system, read_only_views, 28),
    LAYOUT_PLACE(section_system, memory_shrink, 32),
    LAYOUT_PLACE(section_system, lazy_backing, 36),
    LAYOUT_SIZE(section_native, 8),
    LAYOUT_SIZE(section_status, 4),
    LAYOUT_SIZE(section_rights, 4),
    LAYOUT_SIZE(section_access, 4),
    LAYOUT_SIZE(section_disposition, 4),
    LAYOUT_SIZE(section_kind, 4),
    LAYOUT_SIZE(section_commit, 4),
    LAYOUT_SIZE(section_copy, 4),
    LAYOUT_SIZE(section_guard_strength, 4),
    LAYOUT_SIZE(section_backing, 4),
    LAYOUT_SIZE(section_ownership, 4),
};

const size_t layout_count = sizeof(layout_rows) / sizeof(layout_rows[0]);

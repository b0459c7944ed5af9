/* SPDX-License-Identifier: MIT */
/*
 * A module that has the library in it, or needs it, for load_module.c.
 */
#include <section/section.h>

static section_status touch(void *context)
{
    (void)*(volatile unsigned char *)context;
    return SECTION_OK;
}

__attribute__((visibility("default"))) int module_work(void);

/* Meet faults in a copy and in a guarded call: 0 if all is well. */
int module_work(void)
{
    section_options options = SECTION_OPTIONS_INIT;
    options.size = 100;
    section *s;
    section_view view;
    unsigned char byte;
    if (section_create(&s, &options) != SECTION_OK ||
        section_map(&view, s, 0, 0, SECTION_ACCESS_READ_WRITE) != SECTION_OK ||
        section_view_protect(&view, 0, 0, SECTION_ACCESS_NONE) != SECTION_OK)
        return 1;
    section_close(s);
    if (section_view_read(&view, 0, &byte, 1, NULL) != SECTION_FAULT)
        return 2;
    if (section_guard(&view, touch, view.data, NULL) != SECTION_FAULT)
        return 3;
    return section_unmap(&view) == SECTION_OK ? 0 : 4;
}

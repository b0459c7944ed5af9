/* SPDX-License-Identifier: MIT */
/*
 * A program that uses the library as its users do.
 */
#include <section/native.h>
#include <section/section.h>
#include <section/transfer.h>

#include <stdio.h>
#include <string.h>

int main(void)
{
    section_options options = SECTION_OPTIONS_INIT;
    options.size = 100;
    section *s;
    section_view view;
    section_native native;
    section_offer *offer;
    if (section_create(&s, &options) != SECTION_OK ||
        section_map(&view, s, 7, 0, SECTION_ACCESS_READ_WRITE) != SECTION_OK ||
        section_get_native(&native, s) != SECTION_OK ||
        section_make_inheritable(&offer, s, SECTION_RIGHT_READ) != SECTION_OK)
        return 1;
    section_unexport(offer);
    section_close(s);
    memcpy(view.data, "embedded", 9);
    printf("%s %s %u\n", (const char *)view.data, section_version(),
           (unsigned)view.length);
    return section_unmap(&view) != SECTION_OK;
}

/* SPDX-License-Identifier: MIT */
/*
 * What rows do with what they have made or opened, until its end. Both ways
 * touch it by the same code.
 */
#include "bench.h"

bool bench_use(bench_subjects *on, section *made)
{
    section_view view;
    section_status status =
        section_map(&view, made, 0, 0, SECTION_ACCESS_READ_WRITE);
    if (!bench_check(on, "section_map", status)) {
        section_close(made);
        return false;
    }
    bench_touch(view.data, view.length, on->page_size);
    status = section_unmap(&view);
    section_close(made);
    return bench_check(on, "section_unmap", status);
}

bool bench_use_bare(bench_subjects *on, bare_handle made)
{
    size_t size = (size_t)on->row->size;
    void *base = bare_map(made, 0, size, SECTION_ACCESS_READ_WRITE);
    if (base == NULL) {
        (void)bench_check_bare(on, false);
        (void)bare_close(made);
        return false;
    }
    bench_touch(base, size, on->page_size);
    return bench_check_bare(on, bare_unmap(base, size)) &&
           bench_check_bare(on, bare_close(made));
}

bool bench_live(bench_subjects *on, const section_options *options)
{
    section *made;
    return bench_check(on, "section_create", section_create(&made, options)) &&
           bench_use(on, made);
}

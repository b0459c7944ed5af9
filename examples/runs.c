#include <section/section.h>
#include <stdio.h>

/* Counts how often it has been run, in a file that is simply memory. */
int main(int argc, char **argv)
{
    section_options options = SECTION_OPTIONS_INIT;
    options.path = argc > 1 ? argv[1] : "runs.count";
    options.size = sizeof(uint64_t);
    options.disposition = SECTION_OPEN_OR_CREATE;

    section *file;
    section_view view;
    section_status status = section_create(&file, &options);
    if (status == SECTION_OK)
        status = section_map(&view, file, 0, 0, SECTION_ACCESS_READ_WRITE);
    section_close(file); /* the view stays */
    if (status != SECTION_OK) {
        fprintf(stderr, "%s: %s\n", options.path, section_status_text(status));
        return 1;
    }
    uint64_t *runs = view.data;
    printf("run %lu\n", (unsigned long)++*runs);
    return section_unmap(&view) != SECTION_OK;
}

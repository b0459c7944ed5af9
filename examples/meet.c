#include <section/section.h>
#include <stdio.h>
#include <string.h>

/* Runs before anybody can see the section: nobody ever reads half a text. */
static section_status write_text(void *data, size_t length, void *text)
{
    memcpy(data, text, strlen(text) < length ? strlen(text) : length - 1);
    return SECTION_OK;
}

/* The first one leaves a text under a name, for as long as it runs; the others
 * read it: meet NAME TEXT. */
int main(int argc, char **argv)
{
    section_options options = SECTION_OPTIONS_INIT;
    options.name = argc > 1 ? argv[1] : "meeting";
    options.size = 1000;
    options.disposition = SECTION_OPEN_OR_CREATE;
    options.initialize = write_text;
    options.context = argc > 2 ? argv[2] : "hello";

    section *meeting;
    section_view view;
    section_info info = SECTION_INFO_INIT;
    section_status status = section_create(&meeting, &options);
    if (status == SECTION_OK)
        status = section_map(&view, meeting, 0, 0, SECTION_ACCESS_READ);
    if (status == SECTION_OK)
        status = section_get_info(&info, meeting);
    if (status != SECTION_OK) {
        fprintf(stderr, "%s: %s\n", options.name, section_status_text(status));
        section_close(meeting);
        return 1;
    }
    printf("%s\n", (const char *)view.data);
    if ((info.flags & SECTION_INFO_CREATED) != 0) {
        printf("(the first one here: Enter ends it)\n");
        (void)getchar();
    }
    section_close(meeting); /* the last one ends the name */
    return section_unmap(&view) != SECTION_OK;
}

/* SPDX-License-Identifier: MIT */
/*
 * Statuses, their names and sentences, and the last system code.
 */
#include "internal.h"

static const struct {
    const char *name;
    const char *text;
} status_table[] = {
#define STATUS_ROW(name, value, sentence)                                      \
    [value] = {"SECTION_" #name, sentence},
    SECTION_STATUS_TABLE(STATUS_ROW)
#undef STATUS_ROW
};

static bool status_is_known(section_status status)
{
    return status >= 0 && status < SECTION_STATUS_COUNT;
}

const char *section_status_name(section_status status)
{
    return status_is_known(status) ? status_table[status].name
                                   : "SECTION_UNKNOWN";
}

const char *section_status_text(section_status status)
{
    return status_is_known(status) ? status_table[status].text
                                   : "not a status of this version";
}

int32_t section_last_os_error(void)
{
    return section_os_get_last_error();
}

const char *section_version(void)
{
    return SECTION_VERSION_STRING;
}

section_status section__fail(section_os_result result)
{
    section_os_set_last_error(result.os_error);
    return result.status;
}

section_status section__outcome(section_os_result result)
{
    return result.status == SECTION_OK ? SECTION_OK : section__fail(result);
}

section_status section__refuse(section_status status)
{
    section_os_set_last_error(0);
    return status;
}

section_os_result section__result(section_status status)
{
    return (section_os_result){status, 0};
}

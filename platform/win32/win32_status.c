/* SPDX-License-Identifier: MIT */
/*
 * From a code of GetLastError() to a status: one table, so that no two calls
 * tell the same failure differently.
 */
#include "win32_internal.h"

/* Codes of <winerror.h> that mingw-w64 does not have. */
#ifndef ERROR_DISK_RESOURCES_EXHAUSTED
#define ERROR_DISK_RESOURCES_EXHAUSTED 314L
#endif
#ifndef ERROR_CLOUD_FILE_PROVIDER_NOT_RUNNING
#define ERROR_CLOUD_FILE_PROVIDER_NOT_RUNNING 362L
#endif
#ifndef ERROR_FILE_SYSTEM_LIMITATION
#define ERROR_FILE_SYSTEM_LIMITATION 665L
#endif
#ifndef ERROR_DISK_QUOTA_EXCEEDED
#define ERROR_DISK_QUOTA_EXCEEDED 1295L
#endif
#ifndef ERROR_DYNAMIC_CODE_BLOCKED
#define ERROR_DYNAMIC_CODE_BLOCKED 1655L
#endif

static const struct {
    DWORD error;
    section_status status;
} status_of_error[] = {
    {ERROR_ACCESS_DENIED, SECTION_ACCESS},
    {ERROR_WRITE_PROTECT, SECTION_ACCESS},
    {ERROR_NETWORK_ACCESS_DENIED, SECTION_ACCESS},
    {ERROR_PRIVILEGE_NOT_HELD, SECTION_ACCESS},
    /* A thread that knows whom it acts for, and may not act as that. */
    {ERROR_BAD_IMPERSONATION_LEVEL, SECTION_ACCESS},
    /* A process that may run nothing but images, by its own wish
     * (ProcessDynamicCodePolicy). */
    {ERROR_DYNAMIC_CODE_BLOCKED, SECTION_ACCESS},
    {ERROR_FILE_NOT_FOUND, SECTION_NOT_FOUND},
    {ERROR_PATH_NOT_FOUND, SECTION_NOT_FOUND},
    {ERROR_BAD_NETPATH, SECTION_NOT_FOUND},
    {ERROR_BAD_NET_NAME, SECTION_NOT_FOUND},
    {ERROR_DIRECTORY, SECTION_NOT_FOUND},
    {ERROR_CANT_RESOLVE_FILENAME, SECTION_NOT_FOUND},
    {ERROR_FILE_EXISTS, SECTION_EXISTS},
    {ERROR_ALREADY_EXISTS, SECTION_EXISTS},
    {ERROR_DISK_FULL, SECTION_NO_SPACE},
    {ERROR_DISK_QUOTA_EXCEEDED, SECTION_NO_SPACE},
    {ERROR_DISK_RESOURCES_EXHAUSTED, SECTION_NO_SPACE},
    {ERROR_FILE_TOO_LARGE, SECTION_NO_SPACE},
    /* A file of so many pieces that NTFS cannot note another one. */
    {ERROR_FILE_SYSTEM_LIMITATION, SECTION_NO_SPACE},
    {ERROR_COMMITMENT_LIMIT, SECTION_NO_SPACE},
    /* STATUS_SECTION_TOO_BIG, STATUS_NO_MEMORY, ... */
    {ERROR_NOT_ENOUGH_MEMORY, SECTION_NO_SPACE},
    /* STATUS_SECTION_NOT_EXTENDED */
    {ERROR_OUTOFMEMORY, SECTION_NO_SPACE},
    {ERROR_PAGEFILE_QUOTA, SECTION_NO_SPACE},
    {ERROR_TOO_MANY_OPEN_FILES, SECTION_LIMIT},
    /* What the kernel keeps of handles and mappings in its pools. */
    {ERROR_NO_SYSTEM_RESOURCES, SECTION_LIMIT},
    {ERROR_NOT_ENOUGH_QUOTA, SECTION_LIMIT},
    {ERROR_SHARING_VIOLATION, SECTION_BUSY},
    {ERROR_LOCK_VIOLATION, SECTION_BUSY},
    {ERROR_USER_MAPPED_FILE, SECTION_BUSY},
    {ERROR_DELETE_PENDING, SECTION_BUSY},
    {ERROR_BUSY, SECTION_BUSY},
    /* STATUS_INVALID_FILE_FOR_SECTION */
    {ERROR_BAD_EXE_FORMAT, SECTION_KIND},
    {ERROR_CANT_ACCESS_FILE, SECTION_KIND},
    /* STATUS_MAPPED_FILE_SIZE_ZERO */
    {ERROR_FILE_INVALID, SECTION_EMPTY},
    {ERROR_CRC, SECTION_IO},
    {ERROR_NOT_READY, SECTION_IO},
    {ERROR_GEN_FAILURE, SECTION_IO},
    /* Servers that do not answer, and files that are kept elsewhere. */
    {ERROR_DEV_NOT_EXIST, SECTION_IO},
    {ERROR_UNEXP_NET_ERR, SECTION_IO},
    {ERROR_NETNAME_DELETED, SECTION_IO},
    {ERROR_SEM_TIMEOUT, SECTION_IO},
    {ERROR_CLOUD_FILE_PROVIDER_NOT_RUNNING, SECTION_IO},
    {ERROR_NETWORK_UNREACHABLE, SECTION_IO},
    {ERROR_FILE_OFFLINE, SECTION_IO},
    {ERROR_SWAPERROR, SECTION_IO},
    {ERROR_IO_DEVICE, SECTION_IO},
    {ERROR_DEVICE_NOT_CONNECTED, SECTION_IO},
    {ERROR_FILE_CORRUPT, SECTION_IO},
    {ERROR_DISK_CORRUPT, SECTION_IO},
    {ERROR_INVALID_FUNCTION, SECTION_UNSUPPORTED},
    {ERROR_NOT_SUPPORTED, SECTION_UNSUPPORTED},
    {ERROR_CALL_NOT_IMPLEMENTED, SECTION_UNSUPPORTED},
    {ERROR_PROC_NOT_FOUND, SECTION_UNSUPPORTED},
    {ERROR_INVALID_HANDLE, SECTION_INVALID},
    {ERROR_INVALID_NAME, SECTION_INVALID},
    {ERROR_BAD_PATHNAME, SECTION_INVALID},
    {ERROR_FILENAME_EXCED_RANGE, SECTION_INVALID},
    {ERROR_NO_UNICODE_TRANSLATION, SECTION_INVALID},
};

section_os_result win32_ok(void)
{
    return win32_verdict(SECTION_OK, 0);
}

section_os_result win32_verdict(section_status status, DWORD error)
{
    section_os_result result = {status, (int32_t)error};
    return result;
}

section_os_result win32_failure(DWORD error)
{
    size_t rows = sizeof(status_of_error) / sizeof(status_of_error[0]);
    for (size_t i = 0; i < rows; i++)
        if (status_of_error[i].error == error)
            return win32_verdict(status_of_error[i].status, error);
    return win32_verdict(SECTION_SYSTEM, error);
}

section_os_result win32_map_failure(DWORD error)
{
    switch (error) {
    /* No room between the mappings there are, or for what describes them. */
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
    case ERROR_INVALID_ADDRESS:
        return win32_verdict(SECTION_LIMIT, error);
    /* STATUS_SECTION_PROTECTION: a wrapped handle may have a right that the
     * section itself was made without. */
    case ERROR_INVALID_PARAMETER:
        return win32_verdict(SECTION_ACCESS, error);
    default:
        return win32_failure(error);
    }
}

/* SPDX-License-Identifier: MIT */
/* Waiting on Windows. */
#include "pause.h"

#include <windows.h>

void pause_shortly(void)
{
    Sleep(10);
}

/* SPDX-License-Identifier: MIT */
/*
 * What the compiler was told, for the support files.
 */
#ifndef TESTS_BUILD_H
#define TESTS_BUILD_H

#if defined(__SANITIZE_THREAD__)
#define BUILD_IS_THREAD_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define BUILD_IS_THREAD_SANITIZED 1
#endif
#endif
#ifndef BUILD_IS_THREAD_SANITIZED
#define BUILD_IS_THREAD_SANITIZED 0
#endif

#if defined(__SANITIZE_ADDRESS__)
#define BUILD_IS_ADDRESS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BUILD_IS_ADDRESS_SANITIZED 1
#endif
#endif
#ifndef BUILD_IS_ADDRESS_SANITIZED
#define BUILD_IS_ADDRESS_SANITIZED 0
#endif

#endif

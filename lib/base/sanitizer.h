/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* sanitizer.h - is this a build with AddressSanitizer or ThreadSanitizer?
 *
 * Input    macros of gcc, features of clang
 * Units    none
 * Limits   none
 * Memory   none
 * Errors   none
 * Threads  constants only
 * Source   such builds map terabytes and, at a report, make calls that a worker must not
 *          make; the sandbox leaves out the two limits and adds the calls it names
 */
#ifndef BASE_SANITIZER_H
#define BASE_SANITIZER_H

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#undef SANITIZED
#define SANITIZED 1
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#endif

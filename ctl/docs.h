/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* docs.h - parts of the manual that the tables of lib/ make
 *
 * Input    the name of a part: conf, actions, classes, checks, defects
 * Units    none
 * Limits   none
 * Memory   none kept
 * Errors   docs_print: false when there is no such part
 * Threads  one
 * Source   mdoc(7); test/tool/docs.sh puts the parts into man/
 */
#ifndef CTL_DOCS_H
#define CTL_DOCS_H

#include <stdbool.h>

/* Print the part on stdout. */
bool docs_print(const char *part);

#endif

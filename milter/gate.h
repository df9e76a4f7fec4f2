/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* gate.h - the process that talks to the MTA
 *
 * Input    frames of the master on LINK_FD
 * Units    none
 * Limits   gate_conf
 * Memory   the first configuration stays for the life of the process
 * Errors   the exit status: sysexits(3)
 * Threads  main is libmilter's, one for the master's frames, those of control.h and progress.h
 * Source   lib/README.md, "Processes"
 */
#ifndef MILTER_GATE_H
#define MILTER_GATE_H

int gate_main(void);

#endif

// SPDX-License-Identifier: Apache-2.0
#ifndef PICKET_CHECK_H
#define PICKET_CHECK_H

#include <stdio.h>
#include <stdlib.h>

// Ends the program with the error where a call failed.
static inline int check(int result, const char *what)
{
	if (result < 0) {
		perror(what);
		exit(1);
	}
	return result;
}

#endif

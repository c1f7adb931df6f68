// SPDX-License-Identifier: Apache-2.0
#ifndef PICKET_ACT_H
#define PICKET_ACT_H

#include "check.h"

// What the program can do, by the first argument; `arguments` follow it. The last one of a list has no name.
struct act {
	const char *name;
	void (*act)(char **arguments);
	int arguments;
};

extern const struct act files[], paths[], fuse[], processes[], kernel[], network[];

#endif

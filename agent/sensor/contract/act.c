// SPDX-License-Identifier: Apache-2.0
// Does one thing that the sensor is to see, by exactly the system call that is meant. Prints nothing; exits 0, or 1 with the error.
// act hold ACT ... says so when it is done, and keeps open what it opened until its input ends.
#include <string.h>
#include <unistd.h>
#include "act.h"

static void hold(void)
{
	char byte;
	check(write(1, "done", 4), "write");
	while (read(0, &byte, 1) > 0)
		;
}

int main(int count, char **arguments)
{
	static const struct act *const lists[] = {files, paths, fuse, processes, kernel, network};
	int held = count > 1 && !strcmp(arguments[1], "hold");
	count -= held;
	arguments += held;
	for (int inherited = 3; held && inherited < 1024; inherited++)
		close(inherited);
	for (unsigned i = 0; count > 1 && i < sizeof(lists) / sizeof(lists[0]); i++)
		for (const struct act *each = lists[i]; each->name; each++)
			if (!strcmp(each->name, arguments[1]) && count - 2 == each->arguments) {
				each->act(arguments + 2);
				if (held)
					hold();
				return 0;
			}
	fprintf(stderr, "no such act, or not its number of arguments\n");
	return 2;
}

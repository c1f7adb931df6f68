// SPDX-License-Identifier: Apache-2.0
// Does one thing that the sensor is to see, by exactly the system call that is meant. Prints nothing; exits 0, or 1 with the error.
#include <string.h>
#include "act.h"

int main(int count, char **arguments)
{
	static const struct act *const lists[] = {files, processes, network};
	for (unsigned i = 0; count > 1 && i < sizeof(lists) / sizeof(lists[0]); i++)
		for (const struct act *each = lists[i]; each->name; each++)
			if (!strcmp(each->name, arguments[1]) && count - 2 == each->arguments) {
				each->act(arguments + 2);
				return 0;
			}
	fprintf(stderr, "no such act, or not its number of arguments\n");
	return 2;
}

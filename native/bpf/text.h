/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef PICKET_TEXT_H
#define PICKET_TEXT_H

#include "access.h"

/* Whether the text begins with the `length` characters of `with`, a literal. */
static __always_inline bool begins(const u8 *text, const char *with, u32 length)
{
	for (u32 i = 0; i < length; i++)
		if (text[i] != with[i])
			return false;
	return true;
}

/* Eight characters as the number that they are in memory. */
#define CHARACTER(text, i) ((u64)(u8)(text)[i] << 8 * (i))
#define WORD(text)                                                                                            \
	(CHARACTER(text, 0) | CHARACTER(text, 1) | CHARACTER(text, 2) | CHARACTER(text, 3) | CHARACTER(text, 4) | \
	 CHARACTER(text, 5) | CHARACTER(text, 6) | CHARACTER(text, 7))

#endif

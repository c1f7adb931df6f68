/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef PICKET_TEXT_H
#define PICKET_TEXT_H

#include "kernel.h"

/* Whether the text begins with the `length` characters of `with`, a literal. */
static __always_inline bool begins(const u8 *text, const char *with, u32 length)
{
	for (u32 i = 0; i < length; i++)
		if (text[i] != with[i])
			return false;
	return true;
}

#endif

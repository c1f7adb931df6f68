/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* How the kernel's memory is read, and what the verifier and the compiler are to know of it. */
#ifndef PICKET_ACCESS_H
#define PICKET_ACCESS_H

#include "kernel.h"

/*
 * Reading the kernel's memory. CAST gives a pointer whose fields LOAD follows by plain loads, about 1 ns each. Before Linux 6.2, which
 * has bpf_rdonly_cast, LOAD copies each field out by a helper, 25-40 ns. Chosen when compiled (CMakeLists.txt): asked for at each field,
 * a setting cost an open 15 ns.
 */
#ifdef PICKET_BEFORE_6_2
#define CAST(pointer, type) ((type *)(pointer))
#define LOAD(pointer, field) BPF_CORE_READ(pointer, field)
#else
extern void *bpf_rdonly_cast(const void *object, __u32 type) __ksym;
#define CAST(pointer, type) ((type *)bpf_rdonly_cast((const void *)(pointer), bpf_core_type_id_kernel(type)))
#define LOAD(pointer, field) ((pointer)->field)
#endif

/*
 * A global function is verified once, for whatever it may be given; a static one at each call, for each state in which it is called.
 * Before Linux 5.12 global ones take no pointers.
 */
#ifdef PICKET_BEFORE_5_12
#define VERIFIED_ONCE static __noinline
#else
#define VERIFIED_ONCE __noinline
#endif

/* From here on the compiler knows nothing of the variable: what it is compared with next is what the verifier sees compared. */
#define BOUND(variable) barrier_var(variable)

/* Eight bytes anywhere among characters, as one load or store: left to itself the compiler takes them one by one. */
static __always_inline u64 *word_at(void *place)
{
	BOUND(place);
	return place;
}

/*
 * current_task() for programs that are hot: a load through a pointer that the verifier trusts needs no check of its address, and where
 * the field is a pointer costs the verifier up to a millisecond, for it seeks what it knows of it among all of the kernel's types.
 */
static __always_inline struct task_struct *trusted_task(void)
{
#ifdef PICKET_BEFORE_6_2
	return (void *)bpf_get_current_task();
#else
	return bpf_get_current_task_btf();
#endif
}

static __always_inline struct task_struct *current_task(void)
{
	return CAST(trusted_task(), struct task_struct);
}

#endif

// SPDX-License-Identifier: Apache-2.0
// A whole 32-bit program, without a library (none may be installed): act32 PATH opens PATH, makes a raw socket of ICMP and connects
// to port 9 of 127.0.0.1 by socketcall(2); act32 PATH PROGRAM opens PATH and becomes PROGRAM. cc -m32 -nostdlib -static
#define OPEN 5
#define EXECVE 11
#define EXIT 1
#define SOCKETCALL 102

static int call(int number, long a, long b, long c)
{
	int result;
	__asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory");
	return result;
}

__attribute__((used)) static void run(long *stack)
{
	char **arguments = (char **)(stack + 1);
	int opened = call(OPEN, (long)arguments[1], 0, 0);
	if (stack[0] > 2) {
		call(EXECVE, (long)arguments[2], (long)(arguments + 2), (long)(arguments + stack[0] + 1));
		call(EXIT, 1, 0, 0);
	}
	struct {
		unsigned short family, port;
		unsigned address;
		char rest[8];
	} to = {2, 0x0900, 0x0100007f, {0}};
	long sees[3] = {2, 3, 1};
	call(SOCKETCALL, 1, (long)sees, 0);
	long make[3] = {2, 1, 0}, reach[3];
	reach[0] = call(SOCKETCALL, 1, (long)make, 0);
	reach[1] = (long)&to;
	reach[2] = sizeof(to);
	call(SOCKETCALL, 3, (long)reach, 0);
	call(EXIT, opened < 0, 0, 0);
}

__asm__(".globl _start\n_start:\n\tmov %esp, %eax\n\tpush %eax\n\tcall run\n");

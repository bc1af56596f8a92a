/* What the programs print with, and where from. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* %d %u %x (with l for 64 bits), %c, %s, %e: a double with 17 digits, exact. */
void print(const char *format, ...);
/* Something that the compiler does not know, the same every time. */
uint32_t random32(void);
uint64_t random64(void);
/* Adds bytes to a checksum that `program` prints at the end of a section. */
void absorb(const void *bytes, size_t length);
void section(const char *name);

void *memcpy(void *, const void *, size_t);
void *memmove(void *, const void *, size_t);
void *memset(void *, int, size_t);
int memcmp(const void *, const void *, size_t);

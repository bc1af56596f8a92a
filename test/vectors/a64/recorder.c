/* Executes given A64 words on given states under qemu-aarch64 and writes what came of them. Built and driven by
 * test/cpu/isa/recording/qemu.ts. Every word around the tested ones is BRK: the signal handler takes the state after
 * each case from its context, puts the next case there and returns into it. Runs with SVE off: the record of the Z
 * registers in a signal frame would win over that of the V registers. */
#define _GNU_SOURCE
#include <asm/sigcontext.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#define CODE 0x123450000ul
#define CODE_SIZE 0x10000
#define DATA (CODE + CODE_SIZE)
#define DATA_SIZE 0x10000
#define WINDOW 0x7c00
#define WINDOW_SIZE 0x800
#define BRK 0xd4200000u

/* As AT in test/cpu/isa/recording/state.ts. */
struct state {
  uint32_t nzcv, fpcr, fpsr, zero;
  uint64_t pc, x[31], sp, none;
  __uint128_t v[32];
};
struct input {
  uint32_t count;
  uint32_t words[4];
  uint32_t zero[3];
  struct state state;
};
struct output {
  uint32_t signal, first, length, zero;
  struct state state;
};

static struct input in;
static uint8_t pristine[DATA_SIZE];
static int running;

static void put(const void *bytes, size_t size) {
  if (fwrite(bytes, size, 1, stdout) != 1) _exit(3);
}

static struct fpsimd_context *vectors(ucontext_t *context) {
  struct _aarch64_ctx *record = (void *)context->uc_mcontext.__reserved;
  while (record->magic != FPSIMD_MAGIC) {
    if (record->magic == 0) _exit(4);
    record = (void *)((char *)record + record->size);
  }
  return (struct fpsimd_context *)record;
}

static void report(int number, ucontext_t *context) {
  struct output out;
  struct fpsimd_context *vector = vectors(context);
  memset(&out, 0, sizeof out);
  out.signal = number;
  out.state.nzcv = context->uc_mcontext.pstate & 0xf0000000u;
  out.state.fpcr = vector->fpcr;
  out.state.fpsr = vector->fpsr;
  out.state.pc = context->uc_mcontext.pc;
  for (int i = 0; i < 31; i++) out.state.x[i] = context->uc_mcontext.regs[i];
  out.state.sp = context->uc_mcontext.sp;
  memcpy(out.state.v, vector->vregs, sizeof out.state.v);
  uint8_t *data = (uint8_t *)DATA;
  uint32_t first = DATA_SIZE, last = 0;
  for (uint32_t i = WINDOW; i < WINDOW + WINDOW_SIZE; i++)
    if (data[i] != pristine[i]) {
      if (first == DATA_SIZE) first = i;
      last = i + 1;
    }
  out.first = first;
  out.length = first == DATA_SIZE ? 0 : last - first;
  put(&out, sizeof out);
  if (out.length) {
    put(data + first, out.length);
    memcpy(data + first, pristine + first, out.length);
  }
  memcpy(data + DATA_SIZE - 128, pristine + DATA_SIZE - 128, 128);
  for (uint32_t i = 0; i < in.count; i++) ((uint32_t *)in.state.pc)[i] = BRK;
}

static void handler(int number, siginfo_t *info, void *raw) {
  (void)info;
  ucontext_t *context = raw;
  if (running) report(number, context);
  running = 1;
  if (fread(&in, sizeof in, 1, stdin) != 1) {
    fflush(stdout);
    _exit(0);
  }
  for (uint32_t i = 0; i < in.count; i++) ((uint32_t *)in.state.pc)[i] = in.words[i];
  __builtin___clear_cache((char *)in.state.pc, (char *)in.state.pc + 16);
  for (int i = 0; i < 31; i++) context->uc_mcontext.regs[i] = in.state.x[i];
  context->uc_mcontext.sp = in.state.sp;
  context->uc_mcontext.pc = in.state.pc;
  context->uc_mcontext.pstate = in.state.nzcv;
  struct fpsimd_context *vector = vectors(context);
  vector->fpcr = in.state.fpcr;
  vector->fpsr = in.state.fpsr;
  memcpy(vector->vregs, in.state.v, sizeof in.state.v);
}

int main(void) {
  uint32_t *code = mmap((void *)CODE, CODE_SIZE + DATA_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  if (code != (void *)CODE) return 2;
  for (uint32_t i = 0; i < CODE_SIZE / 4; i++) code[i] = BRK;
  uint32_t state = 0x2545f491;
  uint8_t *data = (uint8_t *)DATA;
  for (uint32_t i = 0; i < DATA_SIZE; i++) {
    state = state * 1664525u + 1013904223u;
    data[i] = pristine[i] = state >> 24;
  }
  static uint8_t stack[1 << 18];
  stack_t alternative = {.ss_sp = stack, .ss_size = sizeof stack};
  sigaltstack(&alternative, NULL);
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  int signals[] = {SIGTRAP, SIGILL, SIGSEGV, SIGBUS};
  for (unsigned i = 0; i < 4; i++) sigaction(signals[i], &action, NULL);
  __asm__ volatile("brk #0");
  return 1;
}

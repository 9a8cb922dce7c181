// The tile instructions of AMX that CTile uses, done by a handler of SIGILL on processors without
// them, so that the code for AMX runs on every x86-64 machine. Source: Intel 64 and IA-32
// Architectures Software Developer's Manual, volume 2, the pages of these instructions.
#ifndef VERGLAS_TILE_EMULATOR_H
#define VERGLAS_TILE_EMULATOR_H
#if defined(__x86_64__) && defined(__linux__)
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <ucontext.h>

typedef struct {
  int8_t tile[8][16][64];
  uint16_t bytes[8];
  uint8_t rows[8];
  int isConfigured;
  long executed;
} te_state;
/// The tiles of this thread.
static inline te_state *te_tiles(void) {
  static __thread te_state tiles;
  return &tiles;
}

/// Instructions that this thread has executed so far.
static inline long te_executed(void) { return te_tiles()->executed; }

/// The general register with this number of an instruction's encoding.
static inline int64_t te_register(const ucontext_t *context, int number) {
  static const int place[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
                                REG_RSI, REG_RDI, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                REG_R12, REG_R13, REG_R14, REG_R15};
  return context->uc_mcontext.gregs[place[number]];
}

/// Executes one instruction; its length, or 0 if it is none of them.
static inline int te_execute(const ucontext_t *context, const uint8_t *code) {
  te_state *s = te_tiles();
  if (code[0] != 0xC4 || (code[1] & 0x1F) != 2) return 0;
  const int r = !(code[1] >> 7 & 1), x = !(code[1] >> 6 & 1), b = !(code[1] >> 5 & 1);
  const int wide = code[2] >> 7, length256 = code[2] >> 2 & 1, prefix = code[2] & 3;
  const int third = ~(code[2] >> 3) & 15, opcode = code[3], form = code[4];
  const int mode = form >> 6, reg = form >> 3 & 7, low = form & 7;
  if (wide || length256 || r) return 0;
  if (mode == 3) {
    if (opcode == 0x49 && prefix == 0 && form == 0xC0) {
      memset(s->tile, 0, sizeof s->tile);
      s->isConfigured = 0;
      return 5;
    }
    if (!s->isConfigured) return 0;
    if (opcode == 0x49 && prefix == 3 && low == 0) {
      memset(s->tile[reg], 0, sizeof s->tile[reg]);
      return 5;
    }
    if (opcode == 0x5E && prefix == 3 && !b && third < 8) {
      // reg += low · third: rows of low, columns of third, depth in groups of four bytes.
      for (int m = 0; m < s->rows[reg]; m++) {
        for (int k = 0; k < s->bytes[low] / 4; k++) {
          for (int n = 0; n < s->bytes[reg] / 4; n++) {
            int32_t sum;
            memcpy(&sum, &s->tile[reg][m][4 * n], 4);
            for (int j = 0; j < 4; j++) {
              sum += (int32_t)s->tile[low][m][4 * k + j] * s->tile[third][k][4 * n + j];
            }
            memcpy(&s->tile[reg][m][4 * n], &sum, 4);
          }
        }
      }
      return 5;
    }
    return 0;
  }
  // Memory: [base + index·scale + displacement].
  int length = 5;
  int64_t address = 0, stride = 0;
  if (low == 4) {
    const uint8_t sib = code[length++];
    const int base = (sib & 7) | b << 3, index = (sib >> 3 & 7) | x << 3;
    if ((sib & 7) == 5 && mode == 0) return 0;
    address = te_register(context, base);
    if (index != 4) stride = te_register(context, index) * (1 << (sib >> 6));
  } else if (low == 5 && mode == 0) {
    int32_t offset;
    memcpy(&offset, code + length, 4);
    address = (int64_t)(uintptr_t)code + length + 4 + offset;
    length += 4;
  } else {
    address = te_register(context, low | b << 3);
  }
  if (mode == 1) address += (int8_t)code[length++];
  if (mode == 2) {
    int32_t offset;
    memcpy(&offset, code + length, 4);
    address += offset;
    length += 4;
  }
  if (opcode == 0x49 && prefix == 0 && reg == 0) {
    const uint8_t *config = (const uint8_t *)(uintptr_t)(address + stride);
    if (config[0] != 1 || config[1] != 0) return 0;
    for (int t = 0; t < 8; t++) {
      memcpy(&s->bytes[t], config + 16 + 2 * t, 2);
      s->rows[t] = config[48 + t];
      if (s->bytes[t] > 64 || s->rows[t] > 16) return 0;
    }
    memset(s->tile, 0, sizeof s->tile);
    s->isConfigured = 1;
    return length;
  }
  if (opcode == 0x4B && low == 4 && s->isConfigured && (prefix == 3 || prefix == 2)) {
    if (prefix == 3) memset(s->tile[reg], 0, sizeof s->tile[reg]);
    for (int m = 0; m < s->rows[reg]; m++) {
      void *p = (void *)(uintptr_t)(address + m * stride);
      if (prefix == 3) {
        memcpy(s->tile[reg][m], p, s->bytes[reg]);
      } else {
        memcpy(p, s->tile[reg][m], s->bytes[reg]);
      }
    }
    return length;
  }
  return 0;
}

static inline void te_handle(int number, siginfo_t *info, void *raw) {
  (void)info;
  ucontext_t *context = (ucontext_t *)raw;
  const int length =
      te_execute(context, (const uint8_t *)(uintptr_t)context->uc_mcontext.gregs[REG_RIP]);
  if (length == 0) {
    // Another illegal instruction: it is executed again, without this handler.
    signal(number, SIG_DFL);
    return;
  }
  te_tiles()->executed++;
  context->uc_mcontext.gregs[REG_RIP] += length;
}

/// Handles SIGILL from now on; 0 if that is not possible.
static inline int te_install(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = te_handle;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  return sigaction(SIGILL, &action, 0) == 0;
}
#else
static inline long te_executed(void) { return 0; }
static inline int te_install(void) { return 0; }
#endif
#endif

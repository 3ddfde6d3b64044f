// SPDX-License-Identifier: Apache-2.0
// Loaded before the program under test: its memory may be read after all, by a test of the same user.
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int prctl(int option, ...) {
  unsigned long a[4];
  va_list more;
  if (option == PR_SET_DUMPABLE) return 0;
  va_start(more, option);
  for (int i = 0; i < 4; ++i) a[i] = va_arg(more, unsigned long);
  va_end(more);
  return (int)syscall(SYS_prctl, option, a[0], a[1], a[2], a[3]);
}
